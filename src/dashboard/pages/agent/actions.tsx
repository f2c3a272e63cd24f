import { useState } from 'preact/hooks'
import { at, get, send } from '../../api.ts'
import { share, shortDid } from '../../format.ts'
import { Plan } from '../../parts/plan.tsx'
import { RecordLink, When } from '../../parts/values.tsx'
import { useResource } from '../../resource.ts'
import type { Created, PinView, VouchView } from '../../types.ts'

interface ActionsProps {
  readonly did: string
  readonly name: string | null
  readonly scope: string
  /** Called when something was changed. */
  readonly changed: () => void
}

const PUBLIC_WORDS =
  'It is public and signed by you. Others keep it for up to 366 days and cannot be made to forget it.'

/** Pin, vouch, revoke: each with its plan before and its record after. */
export function Actions({ did, name, scope, changed }: ActionsProps) {
  const [open, setOpen] = useState<'vouch' | 'revoke' | 'pin' | null>(null)
  const mine = useResource(
    `own vouches ${did}`,
    async (signal) => {
      const { did: me } = await get<{ did: string }>('/v1/identity', {}, signal)
      return get<{ items: readonly VouchView[] }>(
        '/v1/vouches',
        { issuer: me, subject: did },
        signal,
      )
    },
    ['record.'],
  )
  const live = (mine.data?.items ?? []).filter(({ state }) => state === 'live')
  const close = () => {
    setOpen(null)
  }
  const done = () => {
    mine.reload()
    changed()
  }
  const who = name ?? shortDid(did)
  return (
    <section class="card" aria-labelledby="actions">
      <h2 id="actions">What you can do</h2>
      <div class="row">
        <button
          type="button"
          class="primary"
          onClick={() => {
            setOpen('vouch')
          }}
        >
          Vouch…
        </button>
        <button
          type="button"
          disabled={live.length === 0}
          onClick={() => {
            setOpen('revoke')
          }}
        >
          Revoke…
        </button>
        <button
          type="button"
          onClick={() => {
            setOpen('pin')
          }}
        >
          Pin or name…
        </button>
        {live.length === 0 && <span class="muted small">You have no vouch for it to revoke.</span>}
      </div>
      {open === 'vouch' && (
        <VouchPlan did={did} who={who} scope={scope} before={live} close={close} done={done} />
      )}
      {open === 'revoke' && <RevokePlan who={who} vouches={live} close={close} done={done} />}
      {open === 'pin' && <PinPlan did={did} who={who} name={name} close={close} done={done} />}
    </section>
  )
}

interface PlanFrame {
  readonly who: string
  readonly close: () => void
  readonly done: () => void
}

function VouchPlan({
  did,
  who,
  scope: given,
  before,
  close,
  done,
}: PlanFrame & {
  readonly did: string
  readonly scope: string
  readonly before: readonly VouchView[]
}) {
  const [level, setLevel] = useState(0.8)
  const [scope, setScope] = useState(given)
  const [statement, setStatement] = useState('')
  const older = before.filter((vouch) => vouch.scope === scope)
  const make = async () => {
    const created = await send<Created>('POST', '/v1/vouches', {
      subject: did,
      scope,
      level,
      ...(statement.trim() === '' ? {} : { statement: statement.trim() }),
    })
    done()
    return (
      <>
        <p>
          Signed: <RecordLink id={created.id} />
          {created.expiresAt !== null && (
            <>
              {' '}
              — it ends <When at={created.expiresAt} />
            </>
          )}
        </p>
        {created.revoked.length > 0 && <p>It replaces your earlier vouch.</p>}
      </>
    )
  }
  return (
    <Plan title={`Vouch for ${who}`} does="Sign and publish" make={make} close={close}>
      <label class="field">
        <span>How far: {share(level)}</span>
        <input
          type="range"
          min="0.05"
          max="1"
          step="0.05"
          value={level}
          onInput={(event) => {
            setLevel(Number(event.currentTarget.value))
          }}
        />
      </label>
      <label class="field">
        <span>Scope: “general” serves every scope</span>
        <input
          value={scope}
          maxLength={64}
          onInput={(event) => {
            setScope(event.currentTarget.value.trim().toLowerCase())
          }}
        />
      </label>
      <label class="field">
        <span>Why, in a sentence that everybody may read (may be left empty)</span>
        <input
          value={statement}
          maxLength={280}
          onInput={(event) => {
            setStatement(event.currentTarget.value)
          }}
        />
      </label>
      <p />
      <p class="notice">
        You vouch {share(level)} for {who} in “{scope}”.{' '}
        {older.length > 0 && 'It replaces your earlier vouch in this scope. '}
        {PUBLIC_WORDS}
      </p>
    </Plan>
  )
}

function RevokePlan({
  who,
  vouches,
  close,
  done,
}: PlanFrame & { readonly vouches: readonly VouchView[] }) {
  const [id, setId] = useState(vouches[0]?.id ?? '')
  const make = async () => {
    const created = await send<Created>('POST', at('/v1/vouches/{id}/revoke', { id }))
    done()
    return (
      <p>
        Revoked: <RecordLink id={created.id} />
      </p>
    )
  }
  return (
    <Plan title={`Take back a vouch for ${who}`} does="Sign and publish" make={make} close={close}>
      <fieldset>
        <legend class="small muted">Which</legend>
        {vouches.map((vouch) => (
          <label key={vouch.id} class="row">
            <input
              type="radio"
              name="vouch"
              checked={vouch.id === id}
              onChange={() => {
                setId(vouch.id)
              }}
            />
            {share(vouch.level)} in “{vouch.scope}”, <When at={vouch.issuedAt} />
          </label>
        ))}
      </fieldset>
      <p class="notice">The vouch stays readable and stops to count. {PUBLIC_WORDS}</p>
    </Plan>
  )
}

const PIN_CHOICES = [
  ['', 'only name it'],
  ['trust', 'trust: whatever others say'],
  ['cap', 'cap: never more than a limit'],
  ['distrust', 'distrust: whatever others say'],
] as const

function PinPlan({
  did,
  who,
  name: given,
  close,
  done,
}: PlanFrame & { readonly did: string; readonly name: string | null }) {
  const pin = useResource('pins', (signal) =>
    get<{ items: readonly PinView[] }>('/v1/pins', {}, signal),
  )
  const current = pin.data?.items.find((one) => one.did === did)
  const [name, setName] = useState(given ?? '')
  const [chosen, setKind] = useState<string | null>(null)
  const [cap, setCap] = useState(0.5)
  const kind = chosen ?? current?.kind ?? ''
  const make = async () => {
    await send('PUT', at('/v1/pins/{did}', { did }), {
      ...(kind === '' ? {} : { kind }),
      ...(kind === 'cap' ? { cap } : {}),
      ...(name.trim() === '' ? {} : { name: name.trim() }),
    })
    done()
    return <p>Kept on this node.</p>
  }
  return (
    <Plan title={`Pin or name ${who}`} does="Keep" make={make} close={close}>
      <label class="field">
        <span>My name for it</span>
        <input
          value={name}
          maxLength={64}
          onInput={(event) => {
            setName(event.currentTarget.value)
          }}
        />
      </label>
      <fieldset>
        <legend class="small muted">Pin</legend>
        {PIN_CHOICES.map(([value, words]) => (
          <label key={value} class="row">
            <input
              type="radio"
              name="kind"
              checked={kind === value}
              onChange={() => {
                setKind(value)
              }}
            />
            {words}
          </label>
        ))}
      </fieldset>
      {kind === 'cap' && (
        <label class="field">
          <span>At most {share(cap)}</span>
          <input
            type="range"
            min="0.05"
            max="1"
            step="0.05"
            value={cap}
            onInput={(event) => {
              setCap(Number(event.currentTarget.value))
            }}
          />
        </label>
      )}
      <p class="notice">Names and pins never leave this node. A pin overrides the network.</p>
    </Plan>
  )
}
