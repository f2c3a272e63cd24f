/**
 * What is not mutated: the words of errors. Programs read an error's code and its fields, which are
 * mutated; the sentence is for people, and a test that repeats it would only say it twice.
 */

/** The part of Babel's path that is used here. */
interface Path {
  readonly node: {
    readonly type: string
    readonly id?: { readonly name?: string } | null
    readonly callee?: { readonly name?: string }
  }
  readonly parentPath: Path | null
}

const TEXTS = new Set(['StringLiteral', 'TemplateLiteral'])
/** Functions that turn a fault into words: those of the `error.ts` files. */
const OF_WORDS = 'sentence'

/** The text itself is an argument of `new …Error(`, or stands in a function `sentence`. */
function isWordsOfError(path: Path): boolean {
  if (!TEXTS.has(path.node.type)) return false
  const { parentPath } = path
  if (parentPath?.node.type === 'SwitchCase') return false
  if (parentPath?.node.type === 'NewExpression') {
    return parentPath.node.callee?.name?.endsWith('Error') === true
  }
  for (let at = parentPath; at !== null; at = at.parentPath) {
    if (at.node.type === 'FunctionDeclaration') return at.node.id?.name === OF_WORDS
  }
  return false
}

/** In the shape in which Stryker looks for plug-ins. */
export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'sentences',
    value: {
      shouldIgnore: (path: Path): string | undefined =>
        isWordsOfError(path) ? 'the words of an error' : undefined,
    },
  },
]
