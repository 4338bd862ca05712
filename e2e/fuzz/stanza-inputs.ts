/** WhatsApp's stanzas as its server sends them, and everything that can be wrong with them. */
import { encodeNode } from '../simulators/whatsapp/encoder.ts'
import { MAX_FRAME_BYTES } from '../simulators/whatsapp/frame-reader.ts'
import type { Random } from '../harness/seed.ts'
import { element, type BinaryNode } from '../simulators/whatsapp/binary-node.ts'
import { hostileText, randomBytesOf, someLength } from './hostile.ts'

/** Addresses that the account has seen. */
export interface StanzaScene {
  customer: string
  customerNumber: string
  own: string
  ownNumber: string
}

const server = '@s.whatsapp.net'
const hash = Buffer.alloc(32, 5)

interface Parts {
  from: Record<string, string>
  group: Record<string, string>
  enc(type: string): BinaryNode
  notice(type: string, child: BinaryNode, attrs?: Record<string, string>): BinaryNode
}

function partsOf({ customer }: StanzaScene): Parts {
  const from = { from: customer, id: 'AC01', t: '1700000000' }
  const group = { from: '120363000000000001@g.us', id: 'AC02', t: '1700000000', participant: customer }
  return {
    from,
    group,
    enc: (type) => element('enc', { v: '2', type }, Buffer.alloc(80, 3)),
    notice: (type, child, attrs = group) => element('notification', { ...attrs, type }, [child]),
  }
}

function messages({ customer }: StanzaScene, { from, group, enc }: Parts): BinaryNode[] {
  return [
    element('message', { ...from, type: 'text', notify: 'Ana' }, [enc('msg')]),
    element('message', { ...from, type: 'text', notify: 'Ana' }, [enc('pkmsg')]),
    element('message', { ...group, type: 'text' }, [enc('skmsg'), enc('pkmsg')]),
    element('message', { ...from, type: 'media' }, [element('unavailable', { type: 'view_once' })]),
    element('message', { ...from, type: 'text' }, [element('enc', { v: '2', type: 'msmsg' }, Buffer.alloc(40))]),
    element('message', { ...from, from: '1@newsletter', server_id: '7' }, [element('plaintext', {}, Buffer.alloc(20))]),
    element('message', { ...from, from: 'status@broadcast', participant: customer }, [enc('skmsg')]),
  ]
}

function receipts({ from, group }: Parts): BinaryNode[] {
  return [
    element('receipt', { ...from }),
    element('receipt', { ...from, type: 'read' }, [element('list', {}, [element('item', { id: 'AC03' })])]),
    element('receipt', { ...group, type: 'played' }),
    element('receipt', { ...from, type: 'retry' }, [
      element('retry', { count: '1', id: 'AC01', t: '1', v: '1' }),
      element('registration', {}, Buffer.alloc(4, 1)),
      element('keys', {}, [
        element('type', {}, Buffer.from([5])),
        element('identity', {}, hash),
        element('skey', {}, [
          element('id', {}, Buffer.from([0, 0, 1])),
          element('value', {}, hash),
          element('signature', {}, Buffer.alloc(64, 2)),
        ]),
      ]),
    ]),
    element('receipt', { ...from, type: 'server-error' }, [element('encrypt', {}, [])]),
  ]
}

function notices({ customer, customerNumber, own, ownNumber }: StanzaScene, { from, notice }: Parts): BinaryNode[] {
  const participant = element('participant', { jid: customer, phone_number: customerNumber })
  return [
    notice('w:gp2', element('subject', { subject: 'S', s_t: '1', s_o: customer })),
    notice('w:gp2', element('add', {}, [participant])),
    notice('w:gp2', element('remove', {}, [participant])),
    notice('w:gp2', element('promote', {}, [participant])),
    notice(
      'w:gp2',
      element('create', { type: 'new' }, [element('group', { id: '120363000000000001', subject: 'S' }, [participant])]),
    ),
    notice('w:gp2', element('description', { id: 'd' }, [element('body', {}, Buffer.from('about'))])),
    notice('w:gp2', element('ephemeral', { expiration: '86400' })),
    notice('w:gp2', element('membership_approval_request', { request_method: 'x' })),
    notice('picture', element('set', { id: '1', author: customer })),
    notice('devices', element('add', { device_hash: '2:x' }, [element('device', { jid: ownNumber })]), {
      ...from,
      from: ownNumber,
      lid: own,
    }),
    notice('encrypt', element('count', { value: '3' }), { ...from, from: server }),
    notice('encrypt', element('identity', {}), from),
    notice('server_sync', element('collection', { name: 'regular', version: '3' }), { ...from, from: server }),
    notice('account_sync', element('disappearing_mode', { duration: '0', t: '1' }), { ...from, from: ownNumber }),
    notice('account_sync', element('blocklist', {}, [element('item', { jid: customer, action: 'block' })]), from),
    notice('mediaretry', element('rmr', { jid: customer, from_me: 'false' }), from),
    notice(
      'link_code_companion_reg',
      element('link_code_companion_reg', {}, [element('link_code_pairing_ref', {}, hash)]),
      from,
    ),
    notice(
      'privacy_token',
      element('tokens', {}, [element('token', { type: 'trusted_contact', t: '1', jid: customer }, hash)]),
      from,
    ),
    notice('newsletter', element('update', {}, Buffer.from('{}')), { ...from, from: '1@newsletter' }),
    notice('mex', element('update', {}, Buffer.from('{"data":{}}')), from),
    notice('business', element('verified_name', {}), from),
  ]
}

function others({ customer, ownNumber }: StanzaScene, { from }: Parts): BinaryNode[] {
  return [
    element('call', from, [element('offer', { 'call-id': 'C1', 'call-creator': customer }, [element('video', {})])]),
    element('call', from, [element('terminate', { 'call-id': 'C1', reason: 'timeout', duration: '5' })]),
    element('call', from, [element('accept', { 'call-id': 'C1', 'call-creator': customer })]),
    element('ack', { ...from, class: 'message', error: '463' }),
    element('ack', { ...from, class: 'receipt' }),
    element('presence', { from: customer, type: 'unavailable', last: 'deny' }),
    element('chatstate', { from: customer }, [element('composing', { media: 'audio' })]),
    element('ib', { from: server }, [element('dirty', { type: 'account_sync', timestamp: '1' })]),
    element('ib', { from: server }, [element('dirty', { type: 'groups', timestamp: '1' })]),
    element('ib', { from: server }, [element('offline', { count: '3' })]),
    element('ib', { from: server }, [element('offline_preview', { count: '3', message: '3' })]),
    element('ib', { from: server }, [element('edge_routing', {}, [element('routing_info', {}, Buffer.alloc(8))])]),
    element('ib', { from: server }, [element('thread_metadata', {}, [])]),
    element('iq', { from: server, id: 'unknown', type: 'result' }, []),
    element('iq', { from: server, id: 'unknown', type: 'error' }, [element('error', { code: '500', text: 'x' })]),
    element('iq', { from: server, id: 'ping', type: 'get', xmlns: 'urn:xmpp:ping' }),
    element('iq', { from: server, id: 'P1', type: 'set', xmlns: 'md' }, [
      element('pair-success', {}, [element('device-identity', {}, hash), element('device', { jid: ownNumber })]),
    ]),
    element('iq', { from: server, id: 'P2', type: 'set', xmlns: 'md' }, [
      element('pair-device', {}, [element('ref', {}, hash)]),
    ]),
    element('success', { t: '1', lid: '1@lid', props: '1' }),
  ]
}

function templates(scene: StanzaScene): BinaryNode[] {
  const parts = partsOf(scene)
  return [...messages(scene, parts), ...receipts(parts), ...notices(scene, parts), ...others(scene, parts)]
}

/** Whole words that order the end of the registration: the provider's right, and nothing that can be survived. */
const endings = new Set(['failure', 'conflict', 'downgrade_webclient', 'xmlstreamend'])
/** Closing codes after which the account comes back by itself. */
const passingCodes = ['500', '503', '515', '408', '428', '0', '-1', '599', '', 'x', '99999999999']

const names = [
  'message',
  'receipt',
  'notification',
  'call',
  'ack',
  'iq',
  'ib',
  'presence',
  'chatstate',
  'enc',
  'list',
  'item',
  'group',
]
const attributes = [
  'from',
  'to',
  'id',
  't',
  'type',
  'participant',
  'recipient',
  'offline',
  'category',
  'class',
  'notify',
  'count',
  'edit',
  'sender_pn',
  'sender_lid',
  'participant_pn',
  'addressing_mode',
  'jid',
  'call-id',
  'error',
  'v',
]

function oddValue(random: Random, { customer, own }: StanzaScene): string {
  switch (random.below(9)) {
    case 0:
      return customer
    case 1:
      return own
    case 2:
      return random.pick([
        '@',
        '@g.us',
        'a@b@c',
        ':1@lid',
        '1:99999@lid',
        '1_1:2@lid',
        '0@s.whatsapp.net',
        '-1@g.us',
        '1@call',
        'x@hosted.lid',
      ])
    case 3:
      return random.pick(['-1', '0', 'NaN', '1e99', '99999999999999999999', '1700000000.5', ' 5', 'true'])
    default:
      return hostileText(random)
  }
}

function changeOnce(node: BinaryNode, random: Random, scene: StanzaScene): BinaryNode {
  const { content } = node
  if (Array.isArray(content) && content.length > 0 && random.below(2) === 0) {
    const at = random.below(content.length)
    const children = [...content]
    const kind = random.below(8)
    if (kind === 0) children.splice(at, 1)
    else if (kind === 1) children.push(...Array.from({ length: 1 + random.below(300) }, () => children[at]!))
    else children[at] = changeOnce(children[at]!, random, scene)
    return { ...node, content: children }
  }
  const attrs = { ...node.attrs }
  const present = Object.keys(attrs)
  switch (random.below(8)) {
    case 0:
      return { ...node, tag: random.pick(names) }
    case 1:
      if (present.length > 0) delete attrs[random.pick(present)]
      return { ...node, attrs }
    case 2:
      return { ...node, attrs: { ...attrs, [random.pick(attributes)]: oddValue(random, scene) } }
    case 3:
      return { ...node, content: random.pick([randomBytesOf(random, someLength(random)), hostileText(random), []]) }
    case 4: {
      let deep: BinaryNode = element(random.pick(names), {})
      for (let left = random.pick([1, 3, 30, 300]); left > 0; left--) deep = element(random.pick(names), {}, [deep])
      return { ...node, content: [deep] }
    }
    default:
      if (present.length > 0) attrs[random.pick(present)] = oddValue(random, scene)
      return { ...node, attrs }
  }
}

export function changedStanza(node: BinaryNode, random: Random, scene: StanzaScene): BinaryNode {
  let changed = node
  for (let left = 1 + random.below(4); left > 0; left--) changed = changeOnce(changed, random, scene)
  return !fitsFrame(changed) || endsRegistration(changed) ? node : changed
}

/** Copies of copies of copies are thousands of millions: counting ends here, before anything is written. */
const nodesAtMost = 500_000

/** A frame's length has three bytes; copies of copies soon say more, and nobody can put that on a line. */
function fitsFrame(node: BinaryNode): boolean {
  return countNodes(node, nodesAtMost) <= nodesAtMost && encodeNode(node).length <= MAX_FRAME_BYTES / 2
}

/** The node and all below it; ends soon after it has come beyond `atMost`. */
function countNodes({ content }: BinaryNode, atMost: number): number {
  let count = 1
  if (!Array.isArray(content)) return count
  for (const child of content) {
    if (count > atMost) break
    count += countNodes(child, atMost - count)
  }
  return count
}

function endsRegistration({ tag, content }: BinaryNode): boolean {
  return endings.has(tag) || (Array.isArray(content) && content.some(endsRegistration))
}

export function stanza(random: Random, scene: StanzaScene): BinaryNode {
  if (random.below(400) === 0) return element('stream:error', { code: random.pick(passingCodes) })
  const template = random.pick(templates(scene))
  // What waits for more than one copy of it must see other ids.
  const named = template.attrs.id
    ? { ...template, attrs: { ...template.attrs, id: `F${random.below(1_000_000_000)}` } }
    : template
  return random.below(8) === 0 ? named : changedStanza(named, random, scene)
}
