/** German texts of set-up, empty lists and the tour; part of the catalogue in de.ts. */
import type { StartCatalogue } from './start-en.ts'

export const startDe: StartCatalogue = {
  'lock.vault': 'Tresor',
  'lock.fingerprint': 'Fingerabdruck',
  'lock.compare': 'Beides mit den Angaben der IT vergleichen. Dieser Arbeitsplatz vertraut danach nur diesem Tresor.',
  'lock.linked': 'Dieser Code kam über einen Link. Nur fortfahren, wenn er von der eigenen IT ist.',
  'lock.otherCode': 'Anderen Code verwenden',
  'lock.settingUp': 'Wird eingerichtet …',

  'empty.noAccount': 'Noch kein Konto zugewiesen',
  'empty.askManager': 'Bitte die Leitung um ein Konto. Es erscheint hier von selbst.',
  'empty.unlinked_one': 'Dieses Konto ist noch nicht mit seinem Telefon verknüpft',
  'empty.unlinked_other': '{{count}} Konten sind noch nicht mit ihren Telefonen verknüpft',
  'empty.phoneReady': 'Das Firmentelefon des Kontos bereithalten. Das Verknüpfen dauert eine Minute.',
  'empty.link': '{{name}} verknüpfen',
  'empty.customersWrite': 'Sobald ein Kunde schreibt, steht die Unterhaltung hier.',
  'empty.showAll': 'Alle Unterhaltungen zeigen',
  'search.nothingHint':
    'Gesucht wird nach den Wörtern, wie sie geschrieben wurden, in allen Konten dieses Arbeitsplatzes.',

  'tour.place': 'Rundgang: {{at}} von {{of}}',
  'tour.close': 'Rundgang schließen',
  'tour.back': 'Zurück',
  'tour.next': 'Weiter',
  'tour.done': 'Fertig',
  'tour.listTitle': 'Alle Kunden in einer Liste',
  'tour.listText':
    'WhatsApp und Telegram stehen links zusammen, das Neueste zuerst. Die Schalter über der Liste filtern; die Leiste am Rand wählt ein Konto.',
  'tour.listUnread': 'Neu: noch nicht geöffnet',
  'tour.listWaiting': 'Wartet: der Kunde hat zuletzt geschrieben',
  'tour.listArchive': 'Archiv: weggelegt, bis der Kunde wieder schreibt',
  'tour.answerTitle': 'Antworten',
  'tour.answerText':
    'Unterhaltung öffnen und schreiben. Die Antwort geht im Namen des Kontos hinaus, an das der Kunde geschrieben hat.',
  'tour.answerSend': 'Enter sendet, Umschalt+Enter beginnt eine neue Zeile',
  'tour.answerAttach': 'Dateien, Orte, Kontakte, Umfragen, Schnellantworten',
  'tour.answerMenu': 'An jeder Nachricht: antworten, reagieren, ändern, löschen, weiterleiten',
  'tour.statesTitle': 'Was aus einer Nachricht wurde',
  'tour.statesText': 'Jede eigene Nachricht trägt ein Zeichen.',
  'tour.statesUnknown':
    'Unbekannt, ob sie ankam: Die Verbindung brach beim Senden ab. Die Nachricht wird nie von selbst wiederholt. Erst nachsehen oder fragen, dann „Erneut senden“.',
  'tour.statusTitle': 'Die Zeile am unteren Rand',
  'tour.statusText': 'Sie sagt immer, wie es wirklich steht.',
  'tour.statusLife': 'Konten: aktiv, still oder im Aufbau, unterbrochen',
  'tour.statusVault':
    'Tresor: der Speicher der Firma. „3 warten“ heißt: drei Einträge fehlen dort noch; sie werden von selbst nachgereicht',
  'tour.statusCapture':
    'Aufnahme: ob dieses System Bildschirmfotos verhindert. Das Zeichen mit dem eigenen Namen ist auf jedem',
  'tour.keysTitle': 'Alles mit Tasten',
  'tour.keysText': 'Keine Aufgabe braucht die Maus.',
  'tour.keysSheet': 'Alle Tasten auf einem Blatt',
}
