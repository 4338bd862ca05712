import { expect, test } from 'vitest'
import { CodedError } from '../../../shared/contracts/contract.ts'
import type { ConversationView, MessageView } from '../../../shared/contracts/window.ts'
import { sampleEngine, type Answers } from '../../samples/engine.ts'
import { sampleConversation, sampleMessage } from '../../samples/views.ts'
import { createConversation } from '../conversation-store.ts'
import { createComposer } from './composer-store.ts'
import type { DraftFile } from './draft.ts'

const view = (id: string): ConversationView => sampleConversation(id)
const own = (id: string, text: string, change: Partial<MessageView> = {}): MessageView =>
  sampleMessage(id, { direction: 'out', path: 'workstation', state: 'queued', text, ...change })
const picture = (key: string, bytes: number): DraftFile => ({
  key,
  kind: 'image',
  blob: new Blob([new Uint8Array(bytes).fill(7)]),
  file: { name: key, mime: 'image/png', bytes, width: 2, height: 2, durationS: null, waveform: null },
  thumbnail: null,
  url: null,
})
const opened: Answers = {
  'conversation.open': ({ conversation }) => ({ conversation: view(conversation), messages: [], before: null }),
}

function connect(answers: Answers) {
  const call = sampleEngine({ ...opened, ...answers })
  const conversation = createConversation(call)
  return { conversation, composer: createComposer(call, conversation) }
}

test('drafts stay with their conversation; a refused text comes back before what was typed since', async () => {
  const { conversation, composer } = connect({
    send: () => {
      throw new CodedError('account_not_running', 'no')
    },
  })
  await conversation.getState().open('c1')
  composer.getState().setText('offer')
  const sending = composer.getState().send()
  expect(composer.getState().drafts.get('c1')).toBeUndefined()
  composer.getState().setText('more')
  await sending
  expect(composer.getState().draft().text).toBe('offer\nmore')
  expect(conversation.getState().failure).toEqual({ at: 'send', code: 'account_not_running' })
  await conversation.getState().open('c2')
  composer.getState().setText('other')
  expect([...composer.getState().drafts].map(([id, draft]) => [id, draft.text])).toEqual([
    ['c1', 'offer\nmore'],
    ['c2', 'other'],
  ])
})

test.each([true, false])('an unanswered send is settled by what the engine has (taken: %s)', async (taken) => {
  const messages: MessageView[] = [own('m1', 'offer')]
  const { conversation, composer } = connect({
    'conversation.open': () => ({ conversation: view('c1'), messages, before: null }),
    send: ({ text }) => {
      if (taken) messages.push(own('m2', text))
      // Dies before it can answer: the caller's deadline passes.
      return new Promise(() => {})
    },
  })
  await conversation.getState().open('c1')
  composer.getState().setText('offer')
  await composer.getState().send()
  expect(composer.getState().draft().text).toBe(taken ? '' : 'offer')
  expect(conversation.getState().loaded.messages).toHaveLength(taken ? 2 : 1)
})

test('files go piece by piece, one after the other, the caption with the first', async () => {
  const wire: string[] = []
  const { conversation, composer } = connect({
    'attachment.begin': ({ file }) => ({ attachment: `a-${file.name}` }),
    'attachment.put': ({ attachment, offset, data }) => {
      wire.push(`${attachment}@${offset}+${data.length}`)
      return {}
    },
    send: ({ text, attachment }) => {
      wire.push(`send ${attachment} ${JSON.stringify(text)}`)
      return { message: 'm' }
    },
  })
  await conversation.getState().open('c1')
  composer.getState().addFiles([picture('x', 600_000), picture('y', 3)], 'c1')
  composer.getState().setText('two pictures')
  await composer.getState().send()
  expect(wire).toEqual(['a-x@0+524288', 'a-x@524288+75712', 'send a-x "two pictures"', 'a-y@0+3', 'send a-y ""'])
  expect(composer.getState().drafts.size + composer.getState().uploads.size).toBe(0)
})

test('a file that is refused comes back with its caption and those behind it', async () => {
  const { conversation, composer } = connect({
    'attachment.begin': ({ file }) => {
      if (file.name === 'y') throw new CodedError('attachment_too_large', 'no')
      return { attachment: 'a' }
    },
    'attachment.put': () => ({}),
    send: () => ({ message: 'm' }),
  })
  await conversation.getState().open('c1')
  composer.getState().addFiles([picture('x', 1), picture('y', 2), picture('z', 3)], 'c1')
  composer.getState().setText('caption')
  await composer.getState().send()
  expect(
    composer
      .getState()
      .draft()
      .files.map((file) => file.key),
  ).toEqual(['y', 'z'])
  expect(composer.getState().draft().text).toBe('')
  expect(conversation.getState().failure?.code).toBe('attachment_too_large')
})

test.each([true, false])('a file whose send was not answered is never sent twice (taken: %s)', async (taken) => {
  const messages: MessageView[] = []
  const { conversation, composer } = connect({
    'conversation.open': () => ({ conversation: view('c1'), messages, before: null }),
    'attachment.begin': () => ({ attachment: 'a' }),
    'attachment.put': () => ({}),
    send: ({ text }) => {
      const { file } = picture('x', 5)
      if (taken) messages.push(own('m2', text, { kind: 'image', details: { file } }))
      return new Promise(() => {})
    },
  })
  await conversation.getState().open('c1')
  composer.getState().addFiles([picture('x', 5), picture('y', 6)], 'c1')
  await composer.getState().send()
  expect(
    composer
      .getState()
      .draft()
      .files.map((file) => file.key),
  ).toEqual(taken ? ['y'] : ['x', 'y'])
})

test('an edit leaves the draft alone; a refused one can be tried again', async () => {
  const edits: string[] = []
  const { conversation, composer } = connect({
    'message.edit': ({ message, text }) => {
      edits.push(`${message}: ${text}`)
      if (edits.length === 1) throw new CodedError('account_not_running', 'no')
      return {}
    },
  })
  await conversation.getState().open('c1')
  composer.getState().setText('half written')
  composer.getState().edit(own('m1', 'prize 10'))
  composer.getState().setText('price 10')
  await composer.getState().send()
  expect(composer.getState().draft().edit?.text).toBe('price 10')
  await composer.getState().send()
  expect(edits).toEqual(['m1: price 10', 'm1: price 10'])
  expect(composer.getState().draft()).toMatchObject({ text: 'half written', edit: null })
})

test('mentions go out with their places, an answer with its message', async () => {
  const sent: unknown[] = []
  const { conversation, composer } = connect({
    send: (input) => {
      sent.push(input)
      return { message: 'm' }
    },
  })
  await conversation.getState().open('c1')
  composer.getState().reply(sampleMessage('m9'))
  composer.getState().addMention({ ref: 'r1', name: 'Ana' })
  composer.getState().setText('see @Ana')
  await composer.getState().send()
  expect(sent).toEqual([
    {
      conversation: 'c1',
      text: 'see @Ana',
      reply: 'm9',
      entities: [{ type: 'mention_name', offset: 4, length: 4 }],
      mentions: ['r1'],
    },
  ])
})

test('a lock leaves neither messages nor drafts', async () => {
  const { conversation, composer } = connect({
    'conversation.open': () => ({ conversation: view('c1'), messages: [own('m1', 'secret')], before: 'b' }),
  })
  await conversation.getState().open('c1')
  composer.getState().setText('secret draft')
  composer.getState().addFiles([picture('secret', 5)], 'c1')
  conversation.getState().clear()
  composer.getState().clear()
  const left = { ...conversation.getState(), drafts: [...composer.getState().drafts] }
  expect(JSON.stringify(left)).not.toContain('secret')
})
