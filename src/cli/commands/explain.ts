import type { Output } from '../../api/contract.ts'
import { findAgent, loadNames } from '../agent-name.ts'
import type { CommandDefinition } from '../command.ts'
import { EXIT } from '../exit.ts'
import { counted, share, shortDid } from '../text.ts'
import { agoText } from '../time.ts'
import { pathLine } from './path.ts'
import { NO_VIEW, completenessLines, scoreLine } from './score.ts'

export const explain: CommandDefinition = {
  name: 'explain',
  summary: 'The score of an agent, taken apart into the records that it was made of',
  arguments: [{ name: '<agent>', description: 'DID, its beginning, petname or @me' }],
  options: [{ flags: '--scope <scope>', description: 'what for', fallback: 'general' }],
  examples: ['aip-node explain bob', 'aip-node explain bob --scope code-review --json'],

  async run(invocation, { connect, output, clock }) {
    const client = await connect()
    const did = await findAgent(invocation.needed(0), client)
    const found = await client.explanation({ did, scope: invocation.text('scope') ?? 'general' })
    const isUnknown = found.score.state === 'unknown'
    const hasView = !isUnknown || (await client.status({})).hasView
    const names = output.isJson
      ? new Map<string, string>()
      : await loadNames(client, found.score.viewer)
    output.answer(found, () => [
      ...explanationLines(found, names, clock()),
      ...(hasView || found.sentence.startsWith(NO_VIEW) ? [] : ['', NO_VIEW]),
    ])
    return isUnknown ? EXIT.unknown : EXIT.ok
  },
}

type Explanation = Output<'explanation'>
type Names = ReadonlyMap<string, string>

/** Observers and ignored reasons that are named; the JSON form has all. */
const NAMED_LIMIT_COUNT = 6
/** Of a whole, what is worth a line or a name of its own. */
const NAMED_PART_LEAST = 0.01

export function explanationLines(found: Explanation, names: Names, nowMs: number): string[] {
  const { score, social, behaviour } = found
  const name = names.get(score.subject)
  const who = name === undefined ? '' : `${name}  `
  return [
    `${who}${shortDid(score.subject)}   viewed by you (${shortDid(score.viewer)})   scope: ${score.scope}`,
    scoreLine(score, nowMs),
    '',
    ...socialLines(found, names),
    ...(behaviour === null
      ? ['  behaviour –    nobody whose word counts has seen it work']
      : behaviourLines(behaviour, found, names, nowMs)),
    `  pins       ${pinText(score.pin)}`,
    ...warningLines(found),
    ...completenessLines(score).map((line) => `  peers      ${line}`),
    '',
    `  ${productText(found)}     method ${score.method}, profile ${score.profile}, params ${score.params.slice(0, 8)}…   as of ${score.asOf}`,
    ...changeLines(found, names),
    `  ${found.sentence}`,
    `  records    ${counted(found.used.vouches.length, 'vouch', 'vouches')} and ${counted(found.used.observationCount, 'observation')} used; social upper bound ${share(social.upper)}`,
  ]
}

function socialLines({ social, score, ignored }: Explanation, names: Names): string[] {
  const distrust = social.distrust === 0 ? '' : ` + ${share(social.distrust, 4)}`
  const sum = `(${share(social.standing, 4)}${distrust} + ${share(social.halfStanding, 4)})`
  const formula = `${social.ceiling} × ${share(social.standing, 4)} / ${sum}`
  const paths = social.paths.filter(
    (path, at) => at === 0 || path.share >= NAMED_PART_LEAST * social.standing,
  )
  const shown = paths.reduce((total, path) => total + path.share, 0)
  const all = social.paths.reduce((total, path) => total + path.share, social.otherPaths)
  return [
    `  social ${share(social.value)} = ${formula}          standing ${share(social.standing, 4)}`,
    ...paths.map((path) => `    ${pathLine(path, score.viewer, names)}`),
    ...(all > shown ? [`    ${share(all - shown, 4)}  along other paths`] : []),
    ...ignoredLines(ignored, 'vouch'),
  ]
}

function behaviourLines(
  behaviour: NonNullable<Explanation['behaviour']>,
  { ignored, drift }: Explanation,
  names: Names,
  nowMs: number,
): string[] {
  const { components, proportions } = behaviour
  const terms = [
    `${proportions.calibration} × ${share(components.calibration)}`,
    `${proportions.adaptation} × ${share(components.adaptation)}`,
    `${proportions.robustness} × ${share(components.robustness)}`,
  ]
  const total = behaviour.evidence
  const named = behaviour.observers
    .slice(0, NAMED_LIMIT_COUNT)
    .filter(({ weight }, at) => at === 0 || weight >= NAMED_PART_LEAST * total)
    .map(({ observer, weight }) => {
      const part = total > 0 ? weight / total : 0
      return `${names.get(observer) ?? shortDid(observer)} ${share(part, 2)}`
    })
  const others = behaviour.observers.length - named.length + behaviour.otherObservers.count
  const more = others > 0 ? ` · ${others} more` : ''
  const own = behaviour.selfReports
  const self = own > 0 ? `; ${counted(own, 'self-report')} weigh${own === 1 ? 's' : ''} 0` : ''
  return [
    `  behaviour ${share(behaviour.value)} = ${terms.join(' + ')}`,
    `    observers  ${named.join(' · ')}${more} of the weight (by your standing in them)${self}`,
    `    drift      ${driftText(drift, nowMs)}`,
    ...ignoredLines(ignored, 'outcome'),
  ]
}

function driftText(drift: Explanation['drift'], nowMs: number): string {
  if (drift === null) return 'too few outcomes to tell'
  if (drift.severity === 'none') return 'none'
  const mark = drift.direction === 'down' ? '▼' : '▲'
  const change = `${share(drift.from, 2)} → ${share(drift.to, 2)}`
  return `${mark} ${drift.severity}: ${change} over the last ${drift.windowCount}, since ${agoText(drift.since, nowMs)}`
}

function ignoredLines(ignored: Explanation['ignored'], kind: 'vouch' | 'outcome'): string[] {
  const lines = ignored.filter((line) => line.kind === kind)
  const plural = kind === 'vouch' ? 'vouches' : 'outcomes'
  return lines
    .slice(0, NAMED_LIMIT_COUNT)
    .map(({ count, reason }) => `    –       ${counted(count, kind, plural)} ignored: ${reason}`)
}

function pinText(pin: Explanation['score']['pin']): string {
  if (pin === null) return 'none'
  return pin.cap === undefined ? pin.kind : `${pin.kind} ${pin.cap}`
}

function warningLines(found: Explanation): string[] {
  const { honesty, equivocations, isForked, divergence } = found
  return [
    ...(isForked ? ['  warning    two key logs claim this identity'] : []),
    ...(equivocations.length > 0
      ? [`  warning    ${counted(equivocations.length, 'key')} signed two records with one number`]
      : []),
    ...(divergence === null ? [] : ['  warning    its friends speak better of it than its work']),
    ...(honesty.differing > 0
      ? [
          `  warning    ${counted(honesty.differing, 'claim')} of its own differ from what others saw`,
        ]
      : []),
  ]
}

function productText({ score, social, behaviour, cap }: Explanation): string {
  if (score.score === null) return 'no score: not known is not 0'
  const product = `${share(social.value)} × ${share(behaviour?.value ?? null)} = ${share(score.score)}`
  return cap === null ? product : `${product}, capped at ${share(cap)}`
}

function changeLines({ counterfactuals }: Explanation, names: Names): string[] {
  const wrong = counterfactuals.ifOneFriendIsWrong
  if (wrong === null) return []
  const parts = wrong.branches.slice(0, NAMED_LIMIT_COUNT).map(({ without, score }) => {
    return `without ${names.get(without) ?? shortDid(without)} → ${share(score)}`
  })
  const needed = counterfactuals.fooledNeeded
  return [
    `  What would change it: ${parts.join('; ')}; ${counted(needed, 'agent')} would have to be fooled`,
  ]
}
