/** A poll: what was asked, how it stands, and the own vote. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../../shared/contracts/window.ts'
import { Icon } from '../../design/icons.tsx'
import { Line } from '../../text/text-views.tsx'
import { useTools } from '../tools.ts'
import './cards.css'

export function Poll({ message }: { message: MessageView }) {
  const { t } = useTranslation()
  const { vote } = useTools()
  const poll = message.details?.poll
  const votes = poll?.options.map(
    (option) => message.votes.find((one) => one.option === option) ?? { option, count: 0, mine: false },
  )
  const mine = votes?.filter((one) => one.mine).map((one) => one.option) ?? []
  const [chosen, setChosen] = useState<readonly string[] | null>(null)
  if (!poll || !votes) return null
  const picked = chosen ?? mine
  const total = votes.reduce((sum, one) => sum + one.count, 0)
  const most = Math.max(1, ...votes.map((one) => one.count))
  const press = (option: string): void => {
    const without = picked.filter((one) => one !== option)
    const next = picked.includes(option) ? without : poll.multiple ? [...picked, option] : [option]
    if (poll.multiple) setChosen(next)
    else vote(message.id, next)
  }
  const changed = chosen !== null && [...chosen].sort().join('\n') !== [...mine].sort().join('\n')
  const send = (): void => {
    vote(
      message.id,
      poll.options.filter((option) => picked.includes(option)),
    )
    setChosen(null)
  }
  return (
    <div className="poll" data-testid="poll">
      <strong className="poll-question">
        <Line text={poll.question} />
      </strong>
      <span className="card-soft">{t(poll.multiple ? 'poll.several' : 'poll.one')}</span>
      {votes.map((one) => (
        <button
          key={one.option}
          type="button"
          className="poll-option"
          role={poll.multiple ? 'checkbox' : 'radio'}
          aria-checked={picked.includes(one.option)}
          onClick={() => press(one.option)}
          data-testid="poll-option"
        >
          <span className="poll-mark" data-round={!poll.multiple}>
            {picked.includes(one.option) && <Icon name="check" size={13} />}
          </span>
          <span className="poll-words">
            <Line text={one.option} />
          </span>
          <span className="poll-count">{one.count}</span>
          <span className="poll-bar">
            <span style={{ width: `${(one.count / most) * 100}%` }} />
          </span>
        </button>
      ))}
      <span className="poll-foot">
        <span className="card-soft">{t('poll.votes', { count: total })}</span>
        {changed && (
          <button type="button" className="poll-send" onClick={send} data-testid="poll-send">
            {t('poll.vote')}
          </button>
        )}
      </span>
    </div>
  )
}
