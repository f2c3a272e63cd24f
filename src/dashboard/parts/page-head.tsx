import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** The one heading of a page. It takes the focus when the page is reached by a link within. */
export function PageHead({
  title,
  children,
}: {
  readonly title: string
  readonly children?: ComponentChildren
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · aip-node`
    if (document.activeElement !== document.body) heading.current?.focus()
  }, [title])
  return (
    <div class="page-head">
      <h1 ref={heading} tabIndex={-1} class="foreign">
        {title}
      </h1>
      {children}
    </div>
  )
}
