/**
 * What a page of docs/ promises to run: fenced blocks marked `sh run`, `ts run` or `py run`, each with
 * the output of a `text output` block that may follow. `…` stands for anything within a line.
 */
export type Language = 'sh' | 'ts' | 'py'

export interface Block {
  readonly language: Language
  readonly code: string
  /** What it prints; anything where the page does not say. */
  readonly output: string | undefined
}

const FENCED = /^```(sh|ts|py) run\n([\s\S]*?)^```\n(?:\n*```text output\n([\s\S]*?)^```$)?/gm

export function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(FENCED)].map(([, language, code, output]) => ({
    language: language as Language,
    code: code ?? '',
    output,
  }))
}

/** Whether what was printed is what the page shows. */
export function isShown(output: string, printed: string): boolean {
  const pattern = output
    .trimEnd()
    .split('…')
    .map((part) => RegExp.escape(part))
    .join('[^\\n]*')
  return new RegExp(`^${pattern}$`).test(printed.trimEnd())
}
