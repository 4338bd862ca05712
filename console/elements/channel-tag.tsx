/** The channel of an account or conversation, by name and colour. */
import { useTranslation } from 'react-i18next'
import type { Channel } from '../../shared/contracts/neutral-message.ts'

export function ChannelTag(props: { channel: Channel }) {
  const { t } = useTranslation()
  return <span className={`channel channel-${props.channel}`}>{t(`channel.${props.channel}`)}</span>
}
