/**
 * Gossipsub as this network speaks it: options only, every one that matters set by hand.
 *
 * Records carry their own signatures, so gossip adds none (StrictNoSign): a message is verified
 * once, where it is judged, not once a copy. Specification: docs/spec/gossip.md.
 */
import { TopicValidatorResult, gossipsub } from '@chainsafe/libp2p-gossipsub'
import type {
  GossipSub,
  GossipSubComponents,
  GossipsubOpts,
  Message,
} from '@chainsafe/libp2p-gossipsub'
import type { Preset } from '../gate.ts'
import {
  GOSSIP_CONTROLS_PER_FRAME_LIMIT,
  GOSSIP_FRAME_LIMIT_BYTES,
  GOSSIP_IDS_PER_FRAME_LIMIT,
  GOSSIP_MESSAGES_PER_FRAME_LIMIT,
  GOSSIP_OUTBOUND_BUFFER_LIMIT_BYTES,
  GOSSIP_SEEN_MS,
} from '../limits.ts'
import { boundAnswers } from './answers.ts'
import { keepScores } from './kept-scores.ts'
import { earlyMessageId, messageId } from './message-id.ts'
import { SCORE_THRESHOLDS, scoreParams } from './score.ts'
import { allTopics } from './topics.ts'

export interface GossipServiceOptions {
  readonly network: { readonly name: string; readonly preset: Preset; readonly shardBits: number }
  /** Own messages go to every peer of the topic, not only to the mesh. Default true. */
  readonly floodPublish?: boolean
  /** Between 0 and 1: how well this node's owner stands with a peer's. Read often, so it answers at once. */
  readonly standing?: (peerId: string) => number
}

/** Mesh degree: with a third of the peers malicious, eight leave enough honest ones. */
const MESH_DEGREE = { D: 8, Dlo: 6, Dhi: 12, Dscore: 5, Dout: 3, Dlazy: 6 } as const

export function gossipOptions(options: GossipServiceOptions): Partial<GossipsubOpts> {
  const topics = allTopics(options.network).map(({ topic }) => topic)
  return {
    ...MESH_DEGREE,
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: (message: Message) => messageId(message.topic, message.data),
    fastMsgIdFn: earlyMessageId,
    msgIdToStrFn: (id) => Buffer.from(id).toString('latin1'),
    allowedTopics: topics,
    fallbackToFloodsub: false,
    floodPublish: options.floodPublish ?? true,
    // A record is published whether or not anybody is there: reconciliation brings it later.
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    doPX: false,
    seenTTL: GOSSIP_SEEN_MS,
    // A peer's frames are taken one after another: frames-in-turn.ts.
    awaitRpcHandler: true,
    maxInboundDataLength: GOSSIP_FRAME_LIMIT_BYTES,
    maxOutboundBufferSize: GOSSIP_OUTBOUND_BUFFER_LIMIT_BYTES,
    // Through a relay, whose own limits bound what that can cost it.
    runOnLimitedConnection: true,
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    decodeRpcLimits: {
      maxSubscriptions: topics.length + 16,
      maxMessages: GOSSIP_MESSAGES_PER_FRAME_LIMIT,
      maxIhaveMessageIDs: GOSSIP_IDS_PER_FRAME_LIMIT,
      maxIwantMessageIDs: GOSSIP_IDS_PER_FRAME_LIMIT,
      maxIdontwantMessageIDs: GOSSIP_CONTROLS_PER_FRAME_LIMIT,
      maxControlMessages: GOSSIP_CONTROLS_PER_FRAME_LIMIT,
      maxPeerInfos: 16,
    },
    scoreParams: scoreParams(options.network.preset, topics, options.standing ?? (() => 0)),
    scoreThresholds: SCORE_THRESHOLDS,
  }
}

/**
 * The service for libp2p's options. Until somebody judges a topic, nothing on it counts as valid:
 * the library passes on what has no validator.
 */
export function gossipService(
  options: GossipServiceOptions,
): (components: GossipSubComponents) => GossipSub {
  const create = gossipsub(gossipOptions(options))
  return (components) => {
    const service = create(components)
    boundAnswers(service)
    keepScores(service)
    for (const { topic } of allTopics(options.network)) {
      service.topicValidators.set(topic, () => TopicValidatorResult.Ignore)
    }
    return service
  }
}
