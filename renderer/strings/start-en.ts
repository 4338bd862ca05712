/** English texts of set-up, empty lists and the tour; part of the catalogue in en.ts. */
export const startEn = {
  'lock.vault': 'Vault',
  'lock.fingerprint': 'Fingerprint',
  'lock.compare': 'Compare both with what IT has given you. Afterwards this workstation trusts this vault alone.',
  'lock.linked': 'This code came from a link. Continue only if it is from your IT.',
  'lock.otherCode': 'Use another code',
  'lock.settingUp': 'Setting up…',

  'empty.noAccount': 'No account is assigned yet',
  'empty.askManager': 'Ask your manager to assign an account. It appears here by itself.',
  'empty.unlinked_one': 'This account is not linked to its phone yet',
  'empty.unlinked_other': '{{count}} accounts are not linked to their phones yet',
  'empty.phoneReady': 'Have the company phone of the account at hand. Linking takes a minute.',
  'empty.link': 'Link {{name}}',
  'empty.customersWrite': 'As soon as a customer writes, the conversation stands here.',
  'empty.showAll': 'Show all conversations',
  'search.nothingHint': 'Search looks for the words as they were written, in all accounts of this workstation.',

  'tour.place': 'Tour: {{at}} of {{of}}',
  'tour.close': 'Close the tour',
  'tour.back': 'Back',
  'tour.next': 'Next',
  'tour.done': 'Done',
  'tour.listTitle': 'All customers in one list',
  'tour.listText':
    'WhatsApp and Telegram stand together on the left, newest first. The buttons above the list filter it; the bar at the edge chooses one account.',
  'tour.listUnread': 'Unread: not opened yet',
  'tour.listWaiting': 'Waiting: the customer wrote last',
  'tour.listArchive': 'Archive: put away until the customer writes again',
  'tour.answerTitle': 'Answering',
  'tour.answerText':
    'Open a conversation and write. The answer goes out in the name of the account that the customer wrote to.',
  'tour.answerSend': 'Enter sends, Shift+Enter begins a new line',
  'tour.answerAttach': 'Files, places, contacts, polls, quick replies',
  'tour.answerMenu': 'On each message: reply, react, edit, delete, forward',
  'tour.statesTitle': 'What became of a message',
  'tour.statesText': 'Each message of yours carries a sign.',
  'tour.statesUnknown':
    'Not known whether it arrived: the line broke while it was sent. It is never repeated by itself. Look or ask first, then choose “Send again”.',
  'tour.statusTitle': 'The line at the bottom',
  'tour.statusText': 'It always says how things really are.',
  'tour.statusLife': 'Accounts: live, silent or connecting, down',
  'tour.statusVault': 'Vault: the company’s store. “Waiting” counts what is not there yet; it goes up by itself',
  'tour.statusCapture': 'Capture: whether this system blocks screenshots. The mark with your name is on every one',
  'tour.keysTitle': 'Everything by keys',
  'tour.keysText': 'No task needs the mouse.',
  'tour.keysSheet': 'All keys on one sheet',
} as const

export type StartCatalogue = { readonly [Key in keyof typeof startEn]: string }
