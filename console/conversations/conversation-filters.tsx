/** What narrows the list of conversations; the keeper does it, over what it may hold in clear (titles it opens). */
import { useTranslation } from 'react-i18next'
import { channelSchema } from '../../shared/contracts/neutral-message.ts'
import type { consoleConversationsContract } from '../../shared/contracts/console-conversations.ts'
import type { Input } from '../../shared/contracts/contract.ts'
import { Choice, DayRange, Filters, TextFilter } from '../elements/filters.tsx'
import { dayIn, oneOf, yesNo, type UrlState } from '../elements/url-state.ts'
import type { Names } from '../elements/use-names.ts'

export type ListQuery = Omit<Input<typeof consoleConversationsContract, 'conversations.list'>, 'after'>

const pageSize = 100
const names = ['text', 'account', 'employee', 'team', 'channel', 'group', 'order', 'from', 'until'] as const

export function queryIn(params: URLSearchParams): ListQuery {
  const waiting = params.get('order') === 'waiting'
  return {
    account: params.get('account'),
    employee: params.get('employee'),
    team: params.get('team'),
    channel: oneOf(params, 'channel', channelSchema.options),
    from: dayIn(params, 'from'),
    until: dayIn(params, 'until', 1),
    group: yesNo(params, 'group'),
    waiting,
    text: params.get('text') ?? '',
    order: waiting ? 'waiting' : 'newest',
    limit: pageSize,
  }
}

export function ConversationFilters(props: { url: UrlState; names: Names }) {
  const { t } = useTranslation()
  const { url } = props
  const named = (all: readonly { id: string; name: string }[]) => all.map((one) => ({ value: one.id, label: one.name }))
  return (
    <Filters url={url} names={names}>
      <TextFilter url={url} label={t('conversations.filter')} />
      <Choice
        url={url}
        name="order"
        label={t('conversations.order')}
        all={t('conversations.newest')}
        options={[{ value: 'waiting', label: t('conversations.waitingFirst') }]}
      />
      <Choice
        url={url}
        name="account"
        label={t('conversations.account')}
        all={t('conversations.allAccounts')}
        options={named(props.names.accounts)}
      />
      <Choice
        url={url}
        name="employee"
        label={t('conversations.employee')}
        all={t('filter.allEmployees')}
        options={named(props.names.employees)}
      />
      <Choice
        url={url}
        name="team"
        label={t('employees.team')}
        all={t('filter.allTeams')}
        options={props.names.teams.map((team) => ({ value: team, label: team }))}
      />
      <Choice
        url={url}
        name="channel"
        label={t('accounts.channel')}
        all={t('filter.allChannels')}
        options={channelSchema.options.map((one) => ({ value: one, label: t(`channel.${one}`) }))}
      />
      <Choice
        url={url}
        name="group"
        label={t('conversations.kind')}
        all={t('conversations.anyKind')}
        options={[
          { value: 'no', label: t('conversations.ofTwo') },
          { value: 'yes', label: t('conversations.groups') },
        ]}
      />
      <DayRange url={url} />
    </Filters>
  )
}
