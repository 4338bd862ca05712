/** Members whose name fits what is typed behind `@`. */
import { useTranslation } from 'react-i18next'
import type { GroupView } from '../../../shared/contracts/window.ts'
import { colourOf } from '../../design/avatar.tsx'
import { initials, safeLine } from '../../text/safe-text.ts'
import { Line } from '../../text/text-views.tsx'

type Member = GroupView['members'][number]
const mostShown = 8

/** Those whose name begins with it come first. */
export function findMembers(members: GroupView['members'], query: string): Member[] {
  const wanted = query.toLocaleLowerCase()
  const starts: Member[] = []
  const contains: Member[] = []
  for (const member of members) {
    const name = safeLine(member.person.name, 60).toLocaleLowerCase()
    if (member.self || name === '') continue
    if (name.startsWith(wanted)) starts.push(member)
    else if (name.split(' ').some((word) => word.startsWith(wanted))) contains.push(member)
    if (starts.length >= mostShown) break
  }
  return [...starts, ...contains].slice(0, mostShown)
}

export function MentionList(props: { members: readonly Member[]; active: number; onChoose(member: Member): void }) {
  const { t } = useTranslation()
  return (
    <ul className="mentions" role="listbox" aria-label={t('composer.mentions')} data-testid="mentions">
      {props.members.map((member, i) => (
        <li
          key={member.ref}
          role="option"
          aria-selected={i === Math.min(props.active, props.members.length - 1)}
          // Pressing must not take the caret out of the text.
          onMouseDown={(event) => {
            event.preventDefault()
            props.onChoose(member)
          }}
          data-testid="mention"
        >
          <span className={`mention-letters avatar-${colourOf(member.person.key)}`} aria-hidden="true">
            {initials(member.person.name)}
          </span>
          <span className="one-line">
            <Line text={member.person.name} />
          </span>
        </li>
      ))}
    </ul>
  )
}
