/**
 * The dictionary for deflate: names and values that most events and persons have, so that a typical one fits into the
 * kilobyte that a table charges for. References to the end of the dictionary are cheapest, so the most common part is
 * last.
 *
 * Once deployed, never change it: earlier ciphertexts could not be read any more. Another dictionary needs another
 * format.
 */
export const DICTIONARY = Buffer.from(
  // A person's state (`lib/people/person-store.ts`).
  '"contact":{"FirstName":{"order":"00101"Surname":{"Title":{"EmailAddress":{"MobileNumber":{"WorkNumber":{"HomeNumber":{' +
    '"JobTitle":{"CurrentCompanyName":{"Address.Address1":{"Address.Address2":{"Address.Town":{"Address.County":{' +
    '"Address.PostCode":{"Address.Country":{"LinkedIn":{"Skills":{"RecruiterSummary":{"Source":{"CompanyRef":{"order":"00101",' +
    '"hash":"{"absorbing":[],"candidateIds":["sw_"],"names":{"":{"first":{"text":"","order":"00101"},"last":{"text":"","order":' +
    '"00101"}}},"lists":[{"id":"sw_","order":"00101","hashes":["","said":{"candidate":{},"contact":{}},"flaggedPhones":[],' +
    '"records":[{"kind":"candidate","ref":1,"matchedBy":[],"createdSince":"00101","createdBy":"","sent":{},"marketing":{}],' +
    '"steps":{"synced":"00101"},"lookups":{"candidate":{"at":1,"hashes":[]}},"unreached":[],"gone":false,' +
    '"createIntents":[],"linksSince":1,"addresses":[{"text":"","since":"00101","listed":"' +
    // Events.
    '"domain.opted_out"domain.opted_in"domain":"company.updated"company.created"company":{"website":"address":{"line1":' +
    '"phone.flagged"phone":"email.flagged"email":"marketing.opted_in"marketing.opted_out"channels":["email","sms",' +
    '"post"],"reason":"document.added"document":{"documentId":"note.added"note":{"id":"","text":"","channel":"linkedin","call",' +
    '"whatsapp","meeting","outcome":"campaign.replied"campaign.interested"campaign.messaged"campaign.added"campaign":{"id":"",' +
    '"name":","occurredAt":"2026-000000Z","effectiveAt":"2026-000000Z","actor":{"email":"@"},"origin":"automation","origin":"user",' +
    '"type":"record.synced"record.updated"record.created","record":{"candidateId":' +
    '"sw_","kind":"contact","kind":"candidate","firstName":"","lastName":"","title":"","emails":["@gmail.com","@outlook.com"],' +
    '"phones":["+44 7","+44 20 "],"company":"Ltd","role":"Senior Manager Director Engineer Head of ","location":' +
    '"London, England, United Kingdom","city":"","state":"","postcode":"","country":"United Kingdom","linkedIn":' +
    '"https://www.linkedin.com/in/","summary":"","skills":["","source":"LinkedIn"}}',
);
