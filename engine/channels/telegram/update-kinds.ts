/** Which of Telegram's updates are numbered, by whom, and which are worthless a moment later (layer 229). */

/** By the account's own numbering: fields pts and pts_count. */
export const mailboxNumbered = new Set([
  'UpdateNewMessage',
  'UpdateDeleteMessages',
  'UpdateReadHistoryInbox',
  'UpdateReadHistoryOutbox',
  'UpdateWebPage',
  'UpdateReadMessagesContents',
  'UpdateEditMessage',
  'UpdateFolderPeers',
  'UpdatePinnedMessages',
])

/** By the numbering of their channel. */
export const channelNumbered = new Set([
  'UpdateNewChannelMessage',
  'UpdateEditChannelMessage',
  'UpdateDeleteChannelMessages',
  'UpdateChannelWebPage',
  'UpdatePinnedChannelMessages',
])

/** Presence, typing, counters and settings; numbered ones still count. Whatever is not named here is kept. */
export const passing = new Set([
  'UpdateUserStatus',
  'UpdateUserTyping',
  'UpdateChatUserTyping',
  'UpdateChannelUserTyping',
  'UpdateEncryptedChatTyping',
  'UpdateLoginToken',
  'UpdateConfig',
  'UpdateDcOptions',
  'UpdateMessageID',
  'UpdateDraftMessage',
  'UpdateNotifySettings',
  'UpdatePtsChanged',
  'UpdateLangPack',
  'UpdateLangPackTooLong',
  'UpdateStickerSets',
  'UpdateStickerSetsOrder',
  'UpdateNewStickerSet',
  'UpdateRecentStickers',
  'UpdateRecentReactions',
  'UpdateSavedGifs',
  'UpdateFavedStickers',
  'UpdateReadFeaturedStickers',
  'UpdateAttachMenuBots',
  'UpdateRecentEmojiStatuses',
  'UpdateChannelMessageViews',
  'UpdateChannelMessageForwards',
  'UpdateChannelTooLong',
  'UpdateWebPage',
  'UpdateChannelWebPage',
  'UpdatePinnedMessages',
  'UpdatePinnedChannelMessages',
  'UpdateReadMessagesContents',
  'UpdateChannelReadMessagesContents',
  'UpdateFolderPeers',
  'UpdatePeerSettings',
  'UpdatePinnedDialogs',
])
