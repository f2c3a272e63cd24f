/**
 * Who may import whom. One line is one layer, lowest first: a module imports only from lines above
 * its own, and modules that share a line do not know each other. ARCHITECTURE.md says why.
 */
const layers = [
  ['base'],
  ['crypto'],
  ['identity'],
  ['records'],
  ['trust', 'signing', 'store', 'p2p'],
  ['node', 'lab'],
  ['api'],
  ['mcp', 'sdk', 'dashboard'],
  ['cli'],
]

/** Rules only: no clock, disk or socket, so that every node computes the same from the same bytes. */
const pure = ['crypto', 'identity', 'records', 'trust', 'signing', 'lab']

/** The files that say what the interface looks like. */
const CONTRACT = '^src/api/(contract|operation|schema|views|operations/[^/]+)\\.ts$'

const inside = (modules) => `^src/(${modules.join('|')})/`

const downwardsOnly = layers.flatMap((layer, depth) =>
  layer.map((module) => ({
    name: `${module}-looks-down-only`,
    severity: 'error',
    from: { path: inside([module]) },
    to: { path: '^src/', pathNot: inside([module, ...layers.slice(0, depth).flat()]) },
  })),
)

module.exports = {
  forbidden: [
    ...downwardsOnly,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-modules-touch-no-world',
      severity: 'error',
      from: { path: inside(pure) },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'entries-are-pure',
      comment: 'what other programs import runs in a browser too',
      severity: 'error',
      from: { path: '^src/entry/' },
      to: {
        path: '^src/',
        pathNot: inside(['base', 'crypto', 'identity', 'records', 'trust', 'entry']),
      },
    },
    {
      name: 'contract-knows-no-node',
      comment: 'the contract is the shape of the interface; clients and pages read it',
      severity: 'error',
      from: { path: CONTRACT },
      to: { path: '^src/', pathNot: ['^src/base/', CONTRACT] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
}
