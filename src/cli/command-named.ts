/**
 * One command, without the modules of the others: most need a handful, and all of them together bring
 * libp2p, the store and the schemas of the interface, which takes longer than most commands do. The help
 * page needs none of them, but what they are called and what each is for.
 */
import type { CommandDefinition } from './command.ts'

interface Entry {
  readonly name: string
  /** As the command itself says it. */
  readonly summary: string
  readonly load: () => Promise<CommandDefinition>
}

/** In the order of the help page. */
const ENTRIES: readonly Entry[] = [
  {
    name: 'demo',
    summary: 'Six real nodes and a story; or an attack, and what the scores make of it',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    name: 'init',
    summary: 'Make the identity of this node: its key, its key log and its recovery sheet',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'start',
    summary: 'Run the node; makes its identity when there is none yet',
    load: async () => (await import('./commands/start.ts')).start,
  },
  {
    name: 'rotate',
    summary: 'Replace the key of this node with a new one; the DID stays',
    load: async () => (await import('./commands/rotate.ts')).rotate,
  },
  {
    name: 'recover',
    summary:
      'Take the identity back with the recovery sheet: after a theft, or when the key is lost',
    load: async () => (await import('./commands/recover.ts')).recover,
  },
  {
    name: 'deactivate',
    summary: 'End this identity for good: nothing is signed for it any more',
    load: async () => (await import('./commands/deactivate.ts')).deactivate,
  },
  {
    name: 'passphrase',
    summary: 'Encrypt the key file, change its passphrase, or take it away; the node must not run',
    load: async () => (await import('./commands/passphrase.ts')).passphrase,
  },
  {
    name: 'backup',
    summary:
      'Write key, settings, pins, private observations and own records to one encrypted file',
    load: async () => (await import('./commands/backup.ts')).backup,
  },
  {
    name: 'restore',
    summary: 'Bring an identity and what is its own back from a backup, into an empty home',
    load: async () => (await import('./commands/restore.ts')).restore,
  },
  {
    name: 'import',
    summary: 'Bring an identity along from the Agent Identity Protocol’s own program',
    load: async () => (await import('./commands/import.ts')).importIdentity,
  },
  {
    name: 'store',
    summary: 'Check or repair what the node keeps on disk',
    load: async () => (await import('./commands/store.ts')).store,
  },
  {
    name: 'migrate',
    summary:
      'Bring the store to the schema of this release, with a copy before; the node must not run',
    load: async () => (await import('./commands/migrate.ts')).migrate,
  },
  {
    name: 'status',
    summary: 'How the node is: identity, peers, store, and what to do next',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'health',
    summary: 'Whether the node answers, in a word and an exit code',
    load: async () => (await import('./commands/health.ts')).health,
  },
  {
    name: 'ui',
    summary: 'Open the dashboard in a browser, by a link that is good once',
    load: async () => (await import('./commands/ui.ts')).ui,
  },
  {
    name: 'doctor',
    summary: 'What is well and what is not: home, store, clock, network, reachability',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'support-bundle',
    summary: 'Write what a helper needs to one file, without secrets, addresses and names',
    load: async () => (await import('./commands/support-bundle.ts')).supportBundle,
  },
  {
    name: 'service',
    summary: 'Run the node under systemd',
    load: async () => (await import('./commands/service.ts')).service,
  },
  {
    name: 'id',
    summary: 'Who this node is: its DID, key and addresses',
    load: async () => (await import('./commands/id.ts')).id,
  },
  {
    name: 'resolve',
    summary: 'The DID document of an agent, how it was obtained, how fresh and how verified it is',
    load: async () => (await import('./commands/resolve.ts')).resolve,
  },
  {
    name: 'verify',
    summary:
      'An agent: it proves its key now. A FILE.aipsig, or the AgentCard in a FILE.json: who signed it',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  {
    name: 'sign',
    summary: 'Sign text, a file or a directory; anybody can check it, offline too',
    load: async () => (await import('./commands/sign.ts')).sign,
  },
  {
    name: 'vouch',
    summary: 'Say in public that an agent can be trusted, for one scope, for a time',
    load: async () => (await import('./commands/vouch.ts')).vouch,
  },
  {
    name: 'revoke',
    summary: 'Take vouches of mine back, in public',
    load: async () => (await import('./commands/revoke.ts')).revoke,
  },
  {
    name: 'promise',
    summary: 'Undertake work for a delegator by a deadline, in public',
    load: async () => (await import('./commands/promise.ts')).promise,
  },
  {
    name: 'observe',
    summary: 'Say what an agent delivered; private unless shared',
    load: async () => (await import('./commands/observe.ts')).observe,
  },
  {
    name: 'score',
    summary: 'Should I delegate to this agent? The answer from my viewpoint',
    load: async () => (await import('./commands/score.ts')).score,
  },
  {
    name: 'explain',
    summary: 'The score of an agent, taken apart into the records that it was made of',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  {
    name: 'history',
    summary: 'How an agent did, day by day, and when its latest outcomes left the rest',
    load: async () => (await import('./commands/history.ts')).history,
  },
  {
    name: 'path',
    summary: 'How I reach an agent: vouch paths, strongest first',
    load: async () => (await import('./commands/path.ts')).path,
  },
  {
    name: 'graph',
    summary: 'Agents by their distance from me, and the vouches between them',
    load: async () => (await import('./commands/graph.ts')).graph,
  },
  {
    name: 'agents',
    summary: 'The agents that this node knows, best score first',
    load: async () => (await import('./commands/agents.ts')).agents,
  },
  {
    name: 'pin',
    summary:
      'Name, trust, distrust or cap an agent, for this node alone; without words, list the pins',
    load: async () => (await import('./commands/pin.ts')).pin,
  },
  {
    name: 'forget',
    summary: 'Hide an agent from the lists and events of this node; without one, list the hidden',
    load: async () => (await import('./commands/forget.ts')).forget,
  },
  {
    name: 'peers',
    summary: 'The nodes around this one: list, add, remove, ban',
    load: async () => (await import('./commands/peers.ts')).peers,
  },
  {
    name: 'mesh-key',
    summary: 'Make the key of a private mesh: only nodes that have it can connect',
    load: async () => (await import('./commands/mesh-key.ts')).meshKey,
  },
  {
    name: 'watch',
    summary: 'What happens at the node, as it happens; Ctrl-C ends it',
    load: async () => (await import('./commands/watch.ts')).watch,
  },
  {
    name: 'record',
    summary: 'The signed records themselves: show, import, export, verify',
    load: async () => (await import('./commands/record.ts')).record,
  },
  {
    name: 'pdr',
    summary: 'Scores by the arithmetic of aip 0.5.52 from a file of observations; needs no node',
    load: async () => (await import('./commands/pdr.ts')).pdr,
  },
  {
    name: 'view',
    summary: 'Standing and scores over files, from one viewpoint; needs no node',
    load: async () => (await import('./commands/view.ts')).view,
  },
  {
    name: 'mcp',
    summary: 'Serve the Model Context Protocol on standard input and output, for the running node',
    load: async () => (await import('./commands/mcp.ts')).mcp,
  },
  {
    name: 'connect',
    summary: 'Give an AI host or a framework this node: shows the change, then makes it',
    load: async () => (await import('./commands/connect.ts')).connect,
  },
  {
    name: 'api',
    summary: 'Call any operation of the interface by its name; without one, list them',
    load: async () => (await import('./commands/api.ts')).api,
  },
  {
    name: 'token',
    summary: 'Tokens for programs that use the loopback port',
    load: async () => (await import('./commands/token.ts')).token,
  },
  {
    name: 'config',
    summary: 'The settings: where they come from, and whether they are right',
    load: async () => (await import('./commands/config.ts')).config,
  },
  {
    name: 'paths',
    summary: 'Where the node keeps its things',
    load: async () => (await import('./commands/paths.ts')).paths,
  },
  {
    name: 'version',
    summary: 'Which release this is; with --json the versions of interface, wire and store too',
    load: async () => (await import('./commands/version.ts')).version,
  },
  {
    name: 'completion',
    summary: 'A script that completes commands, options and petnames in your shell',
    load: async () => (await import('./all-commands.ts')).completion,
  },
]

/** Each by its name and what it is for: they cannot be run. */
export const commandOutlines: readonly CommandDefinition[] = ENTRIES.map(({ name, summary }) => ({
  name,
  summary,
  examples: [`aip-node ${name} --help`],
}))

/** `undefined` for a name that is of no command. */
export async function commandNamed(name: string): Promise<CommandDefinition | undefined> {
  return ENTRIES.find((entry) => entry.name === name)?.load()
}
