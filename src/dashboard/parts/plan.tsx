/** A change is shown before it is made, and what came of it after. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { CallError } from '../api.ts'

export interface PlanProps {
  readonly title: string
  /** What the button says that makes the change. */
  readonly does: string
  /** What is going to happen. */
  readonly children: ComponentChildren
  /** Makes the change. What it answers is shown. */
  readonly make: () => Promise<ComponentChildren>
  readonly close: () => void
}

type Stage =
  | { readonly at: 'plan' }
  | { readonly at: 'making' }
  | { readonly at: 'done'; readonly what: ComponentChildren }
  | { readonly at: 'failed'; readonly error: CallError }

export function Plan({ title, does, children, make, close }: PlanProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [stage, setStage] = useState<Stage>({ at: 'plan' })
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  const go = async () => {
    setStage({ at: 'making' })
    try {
      setStage({ at: 'done', what: await make() })
    } catch (error) {
      const fault = error instanceof CallError ? error : new CallError('page', String(error))
      setStage({ at: 'failed', error: fault })
    }
  }
  return (
    <dialog ref={dialog} aria-labelledby="plan-title" onClose={close}>
      <h2 id="plan-title">{title}</h2>
      {stage.at === 'done' ? <div role="status">{stage.what}</div> : children}
      {stage.at === 'failed' && (
        <div class="notice warn" role="alert">
          <p>
            <strong>{stage.error.message}</strong> <code>{stage.error.code}</code>
          </p>
          {stage.error.help !== undefined && <p class="small">{stage.error.help}</p>}
        </div>
      )}
      <div class="row dialog-actions">
        {stage.at !== 'done' && (
          <button
            type="button"
            class="primary"
            disabled={stage.at === 'making'}
            onClick={() => void go()}
          >
            {stage.at === 'making' ? 'One moment…' : does}
          </button>
        )}
        <button type="button" onClick={() => dialog.current?.close()}>
          {stage.at === 'done' ? 'Close' : 'Cancel'}
        </button>
      </div>
    </dialog>
  )
}
