/** What a page shows when it has nothing to show, and why. */
import type { ComponentChildren } from 'preact'
import type { CallError } from '../api.ts'
import type { Resource } from '../resource.ts'

export function Loading({ what }: { readonly what: string }) {
  return (
    <div role="status" aria-label={`Loading ${what}`}>
      <div class="skeleton" />
      <div class="skeleton" />
      <div class="skeleton" />
    </div>
  )
}

export function Empty({
  title,
  children,
}: {
  readonly title: string
  readonly children?: ComponentChildren
}) {
  return (
    <div class="empty">
      <p>
        <strong>{title}</strong>
      </p>
      {children}
    </div>
  )
}

export function Fault({ error, retry }: { readonly error: CallError; readonly retry: () => void }) {
  return (
    <div class="notice warn" role="alert">
      <p>
        <strong>{error.code === 'offline' ? 'The node does not answer.' : error.message}</strong>
      </p>
      <p class="small">
        {error.help ?? ''} <code>{error.code}</code>
      </p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </div>
  )
}

/**
 * A resource in whichever state it is: loading, failed, or there; older data stays on the page under a
 * line that says that it is old.
 */
export function Shown<T>({
  of,
  what,
  children,
}: {
  readonly of: Resource<T>
  readonly what: string
  readonly children: (data: T) => ComponentChildren
}) {
  if (of.data === undefined) {
    return of.error === undefined ? (
      <Loading what={what} />
    ) : (
      <Fault error={of.error} retry={of.reload} />
    )
  }
  return (
    <>
      {of.error !== undefined && (
        <p class="notice warn" role="alert">
          {of.error.message} What you see is older. <code>{of.error.code}</code>
        </p>
      )}
      {children(of.data)}
    </>
  )
}
