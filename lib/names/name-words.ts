/** Words of names that are no name by themselves: for reading names and for comparing them. Folded, without dots. */

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Titles of which none is also a usual name. */
export const TITLES = words(
  'mr mrs ms miss mx dr drs doctor prof professor sir rev reverend herr frau mme mlle monsieur madame mademoiselle ' +
    'mister sra srta dott dottssa dhr mevr dring dipling diplkfm univprof phdr mudr judr rndr mgr inż ' +
    'señor senor señora senora signor signora sigra madam baroness captain capt sgt cllr councillor др проф',
);

/** Titles that are also something else: in front of a name, and with their dot. */
export const TITLES_WITH_DOT = words('sr mw fr hr ing ir sig hon mag eng bc col dra');

/** Of a doctor, as in `Dr. rer. nat.`: part of a title only behind one, and with their dot. */
export const SUBJECTS = words(
  'med dent vet rer nat phil jur iur ing oec pol theol techn agr soc sc habil h c hc mult',
);

export const GENERATIONS = words('jr sr jnr snr junior senior ii iii iv vi vii 2nd 3rd 4th');

/** Words that open a surname, and that very different surnames share. */
export const PARTICLES = words(
  'a af al an av bin bint binti d da das de degli dei del dela della delle dello den der des di do dos du e el ' +
    'het ibn l la las le les lo los o op t te tem ten ter tot und van vande vanden vander vom von vor y zu zum zur ال بن ابن',
);

/** Degrees and certificates that no one is called. */
export const DEGREES = words(
  'phd dphil mphil dba mba emba mbas msc mscs bsc bba beng meng mres llb llm jd esq mbbs bds dds dvm pharmd edd psyd ' +
    'aca acca acma aca caia cami ccie ccna ccnp cehrs cfa cfp cgma chrp cia cima cipd cipp cips cisa cism cissp cma ' +
    'cmgr cmp cpa csm cspo eit facca fca fcca fcipd fcma frm frsa gphr itil mcipd mcips mciob mcim mrics frics mieee ' +
    'mph msn msw obe mbe cbe pgce phr pmp pspo psm prince2 qc rgn rn shrm shrmcp shrmscp sphr scp togaf bcom mcom ' +
    'mcs mca btech mtech bpharm mpharm mrcp mrcs frcp frcs dipl lcsw lmft cscs chfm faap facs hons ceng cenv mimeche ' +
    'miet pe md peng pgdip diphe certrp cpsychol psmi psmii mirp firp ' +
    'mrec frec csc riba cta mcmi fcmi fcilex mciarb fciarb finstlm minstlm mp',
);

/** Those of them that are recognised without capitals: "Kim Dale Phd". */
export const UNMISTAKABLE_DEGREES = words('phd msc bsc esq llb llm pgce');

/** Grades of a membership, in front of it: "Chartered MCIPD". */
export const GRADES = words('chartered assoc associate');

/** Degrees that are also names: only behind a comma. */
export const DEGREES_BEHIND_A_COMMA = words('ma ba do bs ms be ra rn pe aia cp kc dd od');
