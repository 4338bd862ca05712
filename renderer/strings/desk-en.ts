/** English texts of finding one's way: dates, the way back to the tour, what is under way; part of the catalogue in en.ts. */
export const deskEn = {
  'date.open': 'Go to a date',
  'date.title': 'Go to a date',
  'date.earlier': 'Previous month',
  'date.later': 'Next month',
  'date.first': 'First message',
  'media.sending': '{{sent}} of {{size}} sent',
  'message.withdraw': 'Don’t send',
  'error.not_withdrawable': 'It is too late: the message is on its way.',
  'fault.withdrawn': 'Sending was stopped.',
  'account.history': 'history: {{done}} of {{total}} entries',
  'menu.tour': 'Show the tour',
  'error.policy_no_sending': 'The policy allows no sending at this workstation.',
  'error.policy_answers_only': 'The policy allows answers only: this customer has not written yet.',
  'fault.policyNoSending': 'The policy allows no sending at this workstation.',
  'fault.policyAnswersOnly': 'The policy allows answers only: this customer has not written yet.',
} as const
