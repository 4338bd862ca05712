/** Who looked at this conversation, when, how and what for. */
import { Button } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi, type Answer } from '../app/api.ts'
import { DataTable, type Column } from '../elements/data-table.tsx'
import { Isolated } from '../elements/isolated.tsx'
import { WhenLoaded } from '../elements/page.tsx'
import { dateTime } from '../elements/time.tsx'
import { useQuery } from '../elements/use-query.ts'

type Page = Answer<'conversations.looks'>
type Look = Page['looks'][number]

const pageSize = 20

export function Looks(props: { conversation: string }) {
  const { t } = useTranslation()
  const loaded = useQuery('conversations.looks', { conversation: props.conversation, after: null, limit: pageSize })
  return (
    <section className="looks" aria-label={t('looks.title')} data-testid="looks">
      <h3>{t('looks.title')}</h3>
      <WhenLoaded loaded={loaded}>
        {(first) => <Pages key={first.looks[0]?.id ?? ''} conversation={props.conversation} first={first} />}
      </WhenLoaded>
    </section>
  )
}

function Pages(props: { conversation: string; first: Page }) {
  const { t, i18n } = useTranslation()
  const api = useApi()
  const [pages, setPages] = useState([props.first])
  const after = pages.at(-1)?.after ?? null
  const columns: Column<Look>[] = [
    {
      title: t('audit.at'),
      key: 'at',
      render: (row) => <time className="moment">{dateTime(i18n.language, row.at)}</time>,
    },
    { title: t('audit.actor'), key: 'who', render: (row) => <Isolated>{row.who}</Isolated> },
    { title: t('audit.action'), key: 'how', render: (row) => t(`looks.how.${row.how}`) },
    {
      title: t('conversations.purpose'),
      key: 'purpose',
      render: (row) =>
        row.purpose !== null ? (
          <Isolated most={500}>{row.purpose}</Isolated>
        ) : (
          <span className="quiet">{row.hidden ? t('looks.hidden') : '–'}</span>
        ),
    },
  ]
  const loadMore = async () => {
    const page = await api.call('conversations.looks', { conversation: props.conversation, after, limit: pageSize })
    setPages((had) => [...had, page])
  }
  return (
    <DataTable
      kind="look"
      label={t('looks.title')}
      rows={pages.flatMap((page) => page.looks)}
      columns={columns}
      empty={t('looks.empty')}
      foot={
        after !== null && (
          <div className="more">
            <Button size="small" onClick={() => void loadMore()} data-testid="looks-more">
              {t('action.loadMore')}
            </Button>
          </div>
        )
      }
    />
  )
}
