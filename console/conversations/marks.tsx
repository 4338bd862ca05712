/** The vault's own marks of a message, each with its explanation. */
import { Tooltip } from 'antd'
import { useTranslation } from 'react-i18next'
import type { Message } from './timeline.ts'

export function Marks({ marks }: { marks: Message['marks'] }) {
  const { t } = useTranslation()
  return marks.map((mark) => (
    <Tooltip key={mark} title={t(`markHint.${mark}`)}>
      <span className={`mark mark-${mark}`} tabIndex={0} data-testid={`mark-${mark}`}>
        {t(`mark.${mark}`)}
      </span>
    </Tooltip>
  ))
}
