/** Methods that say something about the server: configuration, language packs, and polite empty answers. */
import type { MethodTable, RpcContext } from '../rpc.ts'
import type { TlObject } from '../tl-codec.ts'
import { textOf } from '../tl-fields.ts'
import { DEFAULT_DC } from './media.ts'

const HOUR_SECONDS = 3600

function config(context: RpcContext): TlObject {
  const date = Math.floor(context.world.now() / 1000)
  const address = { ip_address: '127.0.0.1', port: context.port() }
  return {
    _: 'config',
    date,
    expires: date + HOUR_SECONDS,
    test_mode: false,
    this_dc: context.session.key.dc ?? DEFAULT_DC,
    dc_options: [1, 2, 3, 4, 5].map((id) => ({ _: 'dcOption', static: true, this_port_only: true, id, ...address })),
    dc_txt_domain_name: 'localhost',
    chat_size_max: 200,
    megagroup_size_max: 200_000,
    forwarded_count_max: 100,
    online_update_period_ms: 210_000,
    offline_blur_timeout_ms: 5000,
    offline_idle_timeout_ms: 30_000,
    online_cloud_timeout_ms: 300_000,
    notify_cloud_delay_ms: 30_000,
    notify_default_delay_ms: 1500,
    push_chat_period_ms: 60_000,
    push_chat_limit: 2,
    edit_time_limit: 172_800,
    revoke_time_limit: 2_147_483_647,
    revoke_pm_time_limit: 2_147_483_647,
    rating_e_decay: 2_419_200,
    stickers_recent_limit: 200,
    channels_read_media_period: 604_800,
    call_receive_timeout_ms: 20_000,
    call_ring_timeout_ms: 90_000,
    call_connect_timeout_ms: 30_000,
    call_packet_timeout_ms: 10_000,
    me_url_prefix: 'https://t.me/',
    caption_length_max: 1024,
    message_length_max: 4096,
    webfile_dc_id: DEFAULT_DC,
  }
}

function emptyLanguagePack(query: TlObject): TlObject {
  return { _: 'langPackDifference', lang_code: textOf(query, 'lang_code'), from_version: 0, version: 1 }
}

function inAnHour(context: RpcContext): number {
  return Math.floor(context.world.now() / 1000) + HOUR_SECONDS
}

export const serviceMethods: MethodTable = {
  open: {
    'help.getConfig': (_query, context) => config(context),
    'help.getNearestDc': (_query, context) => ({
      _: 'nearestDc',
      country: 'BR',
      this_dc: context.session.key.dc ?? DEFAULT_DC,
      nearest_dc: DEFAULT_DC,
    }),
    'help.getAppConfig': () => ({ _: 'help.appConfig', hash: 1, config: { _: 'jsonObject', value: [] } }),
    'help.getAppUpdate': () => ({ _: 'help.noAppUpdate' }),
    'help.getCountriesList': () => ({ _: 'help.countriesList', countries: [], hash: 1 }),
    'langpack.getDifference': emptyLanguagePack,
    'langpack.getLangPack': emptyLanguagePack,
    'langpack.getStrings': () => [],
    'langpack.getLanguages': () => [],
  },
  account: {
    'help.getPromoData': (_query, _account, context) => ({ _: 'help.promoDataEmpty', expires: inAnHour(context) }),
    'help.getTermsOfServiceUpdate': (_query, _account, context) => ({
      _: 'help.termsOfServiceUpdateEmpty',
      expires: inAnHour(context),
    }),
  },
}
