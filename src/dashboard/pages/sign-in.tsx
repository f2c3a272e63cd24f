import { useState } from 'preact/hooks'
import { PageHead } from '../parts/page-head.tsx'
import { sessionFault, useToken } from '../session.ts'

/** What a visit without a token sees. */
export function SignIn() {
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string | null>(null)
  const submit = (event: Event) => {
    event.preventDefault()
    if (!useToken(text)) setFault('This is no token: it is one word of 16 or more characters.')
  }
  const problem = fault ?? sessionFault.value
  return (
    <>
      <PageHead title="Open your node">
        <p class="muted">
          This page keeps its token in memory alone, so a reload or a new tab needs a new one.
        </p>
      </PageHead>
      {problem !== null && (
        <p class="notice warn" role="alert">
          {problem}
        </p>
      )}
      <div class="grid">
        <section class="card">
          <h2>With a link</h2>
          <p>On the machine of the node, run:</p>
          <pre>aip-node ui</pre>
          <p class="muted small">It opens this page with a link that is good once.</p>
        </section>
        <section class="card">
          <h2>With a token</h2>
          <form onSubmit={submit}>
            <label class="field">
              <span>Token, as `aip-node token create` printed it</span>
              <input
                type="password"
                autocomplete="off"
                value={text}
                onInput={(event) => {
                  setText(event.currentTarget.value)
                }}
              />
            </label>
            <p />
            <button class="primary" type="submit">
              Open
            </button>
          </form>
        </section>
      </div>
    </>
  )
}
