/**
 * Key words of PostgreSQL 14 to 18 and of the SQL standards from 1992 to 2023, as appendix C of PostgreSQL's manual lists them,
 * read on 28 November 2026; of those with an underscore only what PostgreSQL reserves.
 *
 * RDS refuses every one of them as the name of a database, also those that PostgreSQL does not reserve: `database`, `db`,
 * `catalog`, `control`, `flag` ("cannot be used. It is a reserved word for this engine").
 */
export const SQL_KEY_WORDS = new Set(
  `
a abort abs absent absolute access according acos action ada add admin after aggregate all allocate also alter
always analyse analyze and any are array as asc asensitive asin assertion assignment asymmetric at atan atomic
attach attribute attributes authorization avg backward base64 before begin bernoulli between bigint binary bit
blob blocked bom boolean both breadth btrim by c cache call called cardinality cascade cascaded case cast
catalog ceil ceiling chain chaining char character characteristics characters check checkpoint class classifier
clob close cluster coalesce cobol collate collation collect column columns comment comments commit committed
compression concurrently condition conditional configuration conflict connect connection constraint constraints
constructor contains content continue control conversion convert copartition copy corr corresponding cos cosh
cost count create cross csv cube current cursor cycle data database datalink date day db deallocate dec decfloat
decimal declare default defaults deferrable deferred define defined definer degree delete delimiter delimiters
depends depth deref derived desc describe descriptor destination detach deterministic diagnostics dictionary
disable discard disconnect dispatch distinct do document domain double drop dynamic each edge edges element else
empty enable encoding encrypted end enforced enum equals error escape event every except exception exclude
excluding exclusive exec execute exists exp explain expression extension external extract false family fetch
file filter final finalize finish first flag float floor following for force foreign format fortran forward
found free freeze from fs fulfill full function functions fusion g general generated get global go goto grant
granted graph greatest group grouping groups handler having header hex hierarchy hold hour id identity if ignore
ilike immediate immediately immutable implementation implicit import in including increment indent index indexes
indicator inherit inherits initial initially inline inner inout input insensitive insert instance instantiable
instead int integer integrity intersect intersection interval into invoker is isnull isolation join json k keep
key keys label labels lag language large last lateral lead leading leakproof least left length level library
like limit link listagg listen ln load local localtime localtimestamp location locator lock locked log log10
logged lower lpad ltrim m map mapping match matched matches materialized max maxvalue measures member merge
method min minute minvalue mod mode modifies module month more move multiset mumps name names namespace national
natural nchar nclob nested nesting new next nfc nfd nfkc nfkd nil no node none norefresh normalize normalized
not nothing notify notnull nowait ntile null nullable nullif nulls number numeric object occurrence octets of
off offset oids old omit on one only open operator option options or order ordering ordinality others out outer
output over overflow overlaps overlay overriding owned owner p pad parallel parameter parser partial partition
pascal pass passing passthrough password past path pattern per percent period periods permission permute pipe
placing plan plans pli policy portion position power precedes preceding precision prepare prepared preserve prev
primary prior private privileges procedural procedure procedures program properties property prune ptf public
publication quote quotes range rank read reads real reassign recheck recovery recursive ref references
referencing refresh reindex relationship relationships relative release rename repeatable replace replica
requiring reset respect restart restore restrict result return returning returns revoke right role rollback
rollup routine routines row rows rpad rtrim rule running savepoint scalar scale schema schemas scope scroll
search second section security seek select selective self semantics sensitive sequence sequences serializable
server session set setof sets share show similar simple sin sinh size skip smallint snapshot some source space
specific specifictype split sql sqlcode sqlerror sqlexception sqlstate sqlwarning sqrt stable standalone start
state statement static stdin stdout storage stored strict string strip structure style submultiset subscription
subset substring succeeds sum support symmetric sysid system t table tables tablesample tablespace tan tanh
target temp template temporary then through ties time timestamp to token trailing transaction transform
transforms translate translation treat trigger trim true truncate trusted type types uescape unbounded
uncommitted unconditional under unencrypted union unique unknown unlink unlisten unlogged unmatched unnamed
unnest until untyped update upper uri usage user using utf16 utf32 utf8 vacuum valid validate validator value
values varbinary varchar variadic varying verbose version versioning vertex view views virtual volatile when
whenever where whitespace window with within without work wrapper write xml xmlagg xmlattributes xmlbinary
xmlcast xmlcomment xmlconcat xmldeclaration xmldocument xmlelement xmlexists xmlforest xmliterate xmlnamespaces
xmlparse xmlpi xmlquery xmlroot xmlschema xmlserialize xmltable xmltext xmlvalidate year yes zone
current_catalog current_date current_role current_schema current_time current_timestamp current_user session_user system_user
`
    .trim()
    .split(/\s+/),
);
