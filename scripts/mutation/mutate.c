// SPDX-License-Identifier: GPL-2.0
/*
 * Writes a source file of the kernel again, with all the mutants of its functions in
 * it: small mistakes, made by rule, of which pks_mutants chooses some at run time. What
 * an operator may touch is asked of clang's syntax tree, where a macro is what it
 * stands for; what is written is the text as it was, but for the mistake.
 *
 * A mutant is a copy of its function, f__m17() of f(), so that mutants know nothing of
 * each other; f() begins with a choice of one of them, by its number. f__m0() is a copy
 * without a mistake: what the compiler makes into the same code as that is none; and
 * f__reach() a copy that says which of its lines are executed.
 *
 *	mutate <first number> <file> <as> <result> <list> <not these> -- <compiler argument>...
 *
 * <as> is how the list calls the file. The list gets a line for each mutant: number,
 * file, line, the line that f__reach() tells of when this one is executed, function,
 * operator, what was there, what is there instead, separated by tabs. <not these> is a
 * file of numbers, a line each, that get no copy: they keep theirs in the list.
 */
#include <clang-c/Index.h>
#include <ctype.h>
#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_EDITS	16
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct token {
	unsigned int start, end;
	bool comment;
};

struct edit {
	unsigned int start, end;
	char *text;
	unsigned int until;	/* of a probe: the end of what it tells of */
};

struct mutant {
	unsigned int nr, line;
	const char *operator;
	struct edit edit[MAX_EDITS];
	int edits;
};

/* The function that is being read */
struct function {
	unsigned int start, name, name_end, body, end, base;
	char *ident;
	CXCursor cursor;
	CXType result;
	bool is_inline;
	unsigned int first, last;	/* of its mutants */
	struct edit *probe;		/* of the copy that tells what it executes */
	int probes;
};

static CXTranslationUnit unit;
static CXFile file;
static char *text;
static size_t length;
static struct token *tokens;
static int nr_tokens;

/* Offsets of names that stand for a constant */
static unsigned int *constants;
static int nr_constants;

static struct mutant *mutants;
static int nr_mutants;
static struct function *functions;
static int nr_functions;
static unsigned int first_nr, next_nr;

static bool *unwanted;
static unsigned int nr_unwanted;

static void *grow(void *array, int nr, size_t size)
{
	/* doubled at each power of two */
	if (nr & (nr - 1))
		return array;
	array = realloc(array, (nr ? 2 * nr : 1) * size);
	if (!array)
		err(1, "no memory");
	return array;
}

/* The text, and the tokens */

__attribute__((format(printf, 1, 2)))
static char *print(const char *format, ...)
{
	va_list args;
	char *out;

	va_start(args, format);
	if (vasprintf(&out, format, args) < 0)
		err(1, "no memory");
	va_end(args);
	return out;
}

static char *copy(unsigned int start, unsigned int end)
{
	return print("%.*s", (int)(end - start), text + start);
}

static int token_at(unsigned int start)
{
	int low = 0, high = nr_tokens - 1;

	while (low <= high) {
		int i = (low + high) / 2;

		if (tokens[i].start == start)
			return tokens[i].comment ? -1 : i;
		if (tokens[i].start < start)
			low = i + 1;
		else
			high = i - 1;
	}
	return -1;
}

static bool is(int i, const char *what)
{
	return i >= 0 && i < nr_tokens && !tokens[i].comment &&
	       tokens[i].end - tokens[i].start == strlen(what) &&
	       !strncmp(text + tokens[i].start, what, strlen(what));
}

static bool is_one_of(int i, const char * const *what)
{
	for (; *what; what++)
		if (is(i, *what))
			return true;
	return false;
}

static int next(int i)
{
	do
		i++;
	while (i < nr_tokens && tokens[i].comment);
	return i < nr_tokens ? i : -1;
}

/* The token that closes what @i opens, or -1 */
static int closing(int i)
{
	int depth = 0;

	for (; i >= 0; i = next(i)) {
		if (is(i, "(") || is(i, "{") || is(i, "["))
			depth++;
		else if (is(i, ")") || is(i, "}") || is(i, "]"))
			depth--;
		if (!depth)
			return i;
	}
	return -1;
}

static int previous(int i)
{
	do
		i--;
	while (i >= 0 && tokens[i].comment);
	return i;
}

/* Its semicolon, if a simple statement begins at @i, or -1 */
static int end_of_statement(int i)
{
	static const char * const others[] = {
		"if", "for", "while", "do", "switch", "case", "default", "else", "{", ";", NULL,
	};

	if (i < 0 || is_one_of(i, others))
		return -1;
	for (; i >= 0 && !is(i, ";"); i = next(i)) {
		if (is(i, "{") || is(i, "}") || is(i, ":") || is(i, ")") || is(i, "]"))
			return -1;
		if (is(i, "(") || is(i, "["))
			i = closing(i);
	}
	return i;
}

static unsigned int line_of(unsigned int offset)
{
	unsigned int i, line = 1;

	for (i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

/* Where something is written: false if a macro wrote it, or another file */
static bool extent(CXCursor cursor, unsigned int *start, unsigned int *end)
{
	CXSourceRange range = clang_getCursorExtent(cursor);
	CXFile first, last;
	int i, close;

	clang_getFileLocation(clang_getRangeStart(range), &first, NULL, NULL, start);
	clang_getFileLocation(clang_getRangeEnd(range), &last, NULL, NULL, end);
	if (!clang_File_isEqual(first, file) || !clang_File_isEqual(last, file) || *end <= *start)
		return false;

	/* whole tokens, and what is opened is closed */
	for (i = token_at(*start); i >= 0; i = next(i)) {
		if (is(i, ")") || is(i, "]") || is(i, "}"))
			return false;
		if (is(i, "(") || is(i, "[") || is(i, "{")) {
			close = closing(i);
			if (close < 0)
				return false;
			i = close;
		}
		if (tokens[i].end >= *end)
			return tokens[i].end == *end;
	}
	return false;
}

static int location_of(CXCursor cursor)
{
	unsigned int offset;
	CXFile where;

	clang_getFileLocation(clang_getCursorLocation(cursor), &where, NULL, NULL, &offset);
	return clang_File_isEqual(where, file) ? token_at(offset) : -1;
}

static char *spelling(CXCursor cursor)
{
	CXString s = clang_getCursorSpelling(cursor);
	char *out = print("%s", clang_getCString(s) ?: "");

	clang_disposeString(s);
	return out;
}

/* Mutants */

/* "return 0" as it was */
static bool changes_nothing(const struct mutant *mutant)
{
	const struct edit *e;

	for (e = mutant->edit; e < mutant->edit + mutant->edits; e++)
		if (strlen(e->text) != e->end - e->start ||
		    strncmp(e->text, text + e->start, e->end - e->start))
			return false;
	return true;
}

static bool same(const struct mutant *a, const struct mutant *b)
{
	int i;

	if (a->edits != b->edits)
		return false;
	for (i = 0; i < a->edits; i++)
		if (a->edit[i].start != b->edit[i].start || a->edit[i].end != b->edit[i].end ||
		    strcmp(a->edit[i].text, b->edit[i].text))
			return false;
	return true;
}

/* A macro may use an argument more than once: it is one place nevertheless. */
static void add(struct function *function, const struct mutant *new)
{
	int i, from = function->first;

	for (i = 0; i < new->edits; i++)
		if (new->edit[i].start <= function->body || new->edit[i].end > function->end)
			return;
	if (changes_nothing(new))
		return;
	for (i = from; i < nr_mutants; i++)
		if (same(&mutants[i], new))
			return;
	mutants = grow(mutants, nr_mutants, sizeof(*mutants));
	mutants[nr_mutants] = *new;
	mutants[nr_mutants].nr = next_nr++;
	mutants[nr_mutants].line = line_of(new->edit[0].start);
	nr_mutants++;
}

static void replace(struct function *function, const char *operator, unsigned int start,
		    unsigned int end, char *by)
{
	struct mutant new = { .operator = operator, .edits = 1 };

	new.edit[0] = (struct edit){ .start = start, .end = end, .text = by };
	add(function, &new);
}

static void replace_token(struct function *function, const char *operator, int i, char *by)
{
	replace(function, operator, tokens[i].start, tokens[i].end, by);
}

/* Operators on tokens between two expressions */
static const struct {
	const char *was, *operator, *is[3];
} binary[] = {
	{ "<", "relation", { "<=", ">=" } },
	{ "<=", "relation", { "<", ">" } },
	{ ">", "relation", { ">=", "<=" } },
	{ ">=", "relation", { ">", "<" } },
	{ "==", "relation", { "!=" } },
	{ "!=", "relation", { "==" } },
	{ "+", "arithmetic", { "-" } },
	{ "-", "arithmetic", { "+" } },
	{ "<<", "arithmetic", { ">>" } },
	{ ">>", "arithmetic", { "<<" } },
	{ "&", "mask", { "|" } },
	{ "|", "mask", { "&" } },
	{ "&&", "logic", { "||" } },
	{ "||", "logic", { "&&" } },
	{ "+=", "arithmetic", { "-=", "=" } },
	{ "-=", "arithmetic", { "+=" } },
	{ "|=", "mask", { "&=", "=" } },
	{ "&=", "mask", { "|=", "=" } },
};

struct children {
	CXCursor cursor[4];
	int nr;
};

static enum CXChildVisitResult collect(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct children *children = data;

	(void)parent;
	if (children->nr < 4)
		children->cursor[children->nr] = cursor;
	children->nr++;
	return CXChildVisit_Continue;
}

/* The token of a binary operator, whose two sides are set, or -1 */
static int binary_token(CXCursor cursor, unsigned int side[4])
{
	struct children two = { .nr = 0 };
	int i, op = -1;

	clang_visitChildren(cursor, collect, &two);
	if (two.nr != 2 || !extent(two.cursor[0], &side[0], &side[1]) ||
	    !extent(two.cursor[1], &side[2], &side[3]) || side[1] > side[2])
		return -1;
	for (i = 0; i < nr_tokens; i++) {
		if (tokens[i].comment || tokens[i].start < side[1] || is(i, "(") || is(i, ")"))
			continue;
		if (tokens[i].start >= side[2])
			break;
		if (op >= 0)
			return -1;
		op = i;
	}
	return op;
}

static void mutate_binary(struct function *function, CXCursor cursor)
{
	unsigned int side[4], start, end, i;
	const char * const *by;
	bool pointer;
	int op = binary_token(cursor, side);

	if (op < 0)
		return;
	for (i = 0; i < ARRAY_SIZE(binary); i++)
		if (is(op, binary[i].was))
			for (by = binary[i].is; *by; by++)
				replace_token(function, binary[i].operator, op, print("%s", *by));
	if (!extent(cursor, &start, &end))
		return;
	if (is(op, "&&") || is(op, "||")) {
		replace(function, "condition", start, end, copy(side[0], side[1]));
		replace(function, "condition", start, end, copy(side[2], side[3]));
	}
	pointer = clang_getCanonicalType(clang_getCursorType(cursor)).kind == CXType_Pointer;
	if (is(op, "+") && pointer)
		replace(function, "first-of-many", start, end, copy(side[0], side[1]));
}

static void mutate_unary(struct function *function, CXCursor cursor)
{
	unsigned int start, end;
	int first, last;

	if (!extent(cursor, &start, &end))
		return;
	first = token_at(start);
	if (is(first, "!") || is(first, "~"))
		replace_token(function, "negation", first, print(" "));
	for (last = first; tokens[last].end < end; last++)
		;
	if (is(last, "++") || is(first, "++"))
		replace_token(function, "arithmetic", is(first, "++") ? first : last, print("--"));
	if (is(last, "--") || is(first, "--"))
		replace_token(function, "arithmetic", is(first, "--") ? first : last, print("++"));
}

/* if (...), while (...), do ... while (...) */
static void mutate_condition(struct function *function, CXCursor cursor)
{
	unsigned int start, end;
	int open, close;
	bool loop;

	if (!extent(cursor, &start, &end))
		return;
	open = token_at(start);
	loop = is(open, "while");
	if (!loop && !is(open, "if"))
		return;
	open = next(open);
	close = is(open, "(") ? closing(open) : -1;
	if (close < 0)
		return;
	start = tokens[open].end;
	end = tokens[close].start;
	replace(function, "condition", start, end, print("!(%s)", copy(start, end)));
	replace(function, "condition", start, end, print("0"));
	if (!loop)
		replace(function, "condition", start, end, print("1"));
}

/* c ? a : b */
static void mutate_choice(struct function *function, CXCursor cursor)
{
	struct children three = { .nr = 0 };
	unsigned int start, end;

	clang_visitChildren(cursor, collect, &three);
	if (three.nr != 3 || !extent(three.cursor[0], &start, &end))
		return;
	replace(function, "condition", start, end, print("1"));
	replace(function, "condition", start, end, print("0"));
}

static bool is_constant(unsigned int start)
{
	int i;

	for (i = 0; i < nr_constants; i++)
		if (constants[i] == start)
			return true;
	return false;
}

static void mutate_literal(struct function *function, CXCursor cursor)
{
	unsigned int start, end;
	char *was;

	if (!extent(cursor, &start, &end) || !isdigit((unsigned char)text[start]))
		return;
	was = copy(start, end);
	replace(function, "constant", start, end, print("(%s + 1)", was));
	if (strtoull(was, NULL, 0))
		replace(function, "constant", start, end, print("(%s - 1)", was));
}

/* A macro without arguments that stands for a number */
static void mutate_named(struct function *function, CXCursor cursor)
{
	enum CXTypeKind kind = clang_getCanonicalType(clang_getCursorType(cursor)).kind;
	unsigned int start, end;
	char *was;
	int i;

	if (kind < CXType_Bool || kind > CXType_Int128 || !extent(cursor, &start, &end))
		return;
	i = token_at(start);
	if (i < 0 || tokens[i].end != end || !is_constant(start))
		return;
	was = copy(start, end);
	if (!strcmp(was, "GFP_KERNEL"))
		replace(function, "gfp", start, end, print("GFP_ATOMIC"));
	else if (!strcmp(was, "GFP_ATOMIC") || !strcmp(was, "GFP_NOWAIT"))
		replace(function, "gfp", start, end, print("GFP_KERNEL"));
	else if (strstr(was, "MASK") || strstr(was, "BITS"))
		replace(function, "mask", start, end, print("(~%s)", was));
	else
		replace(function, "constant", start, end, print("(%s + 1)", was));
}

struct sibling {
	CXCursor of, found, first;
	CXType type;
	bool seen, any, done;
};

static enum CXChildVisitResult next_sibling(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct sibling *s = data;
	bool fits = clang_getCursorKind(cursor) == clang_getCursorKind(s->of) &&
		    clang_equalTypes(clang_getCanonicalType(clang_getCursorType(cursor)), s->type);

	(void)parent;
	if (clang_equalCursors(cursor, s->of)) {
		s->seen = true;
	} else if (fits && s->seen) {
		s->found = cursor;
		s->done = true;
		return CXChildVisit_Break;
	} else if (fits && !s->any) {
		s->first = cursor;
		s->any = true;
	}
	return CXChildVisit_Continue;
}

/* The next field of the same type, or constant of the same enum, or NULL */
static char *sibling_of(CXCursor of)
{
	struct sibling s = { .of = of };

	s.type = clang_getCanonicalType(clang_getCursorType(of));
	clang_visitChildren(clang_getCursorSemanticParent(of), next_sibling, &s);
	if (s.done)
		return spelling(s.found);
	return s.any ? spelling(s.first) : NULL;
}

static void mutate_reference(struct function *function, CXCursor cursor, const char *operator)
{
	CXCursor of = clang_getCursorReferenced(cursor);
	int i = location_of(cursor);
	char *was = spelling(of), *by;

	if (!is(i, was))
		return;
	if (!strcmp(was, "true") || !strcmp(was, "false")) {
		replace_token(function, "constant", i, print("%s", *was == 't' ? "false" : "true"));
		return;
	}
	by = sibling_of(of);
	if (by && *by)
		replace_token(function, operator, i, by);
}

static void mutate_call(struct function *function, CXCursor cursor)
{
	int i, nr = clang_Cursor_getNumArguments(cursor);

	for (i = 0; i + 1 < nr; i++) {
		struct mutant new = { .operator = "arguments", .edits = 2 };
		CXCursor a = clang_Cursor_getArgument(cursor, i);
		CXCursor b = clang_Cursor_getArgument(cursor, i + 1);
		unsigned int s[4];

		if (!clang_equalTypes(clang_getCanonicalType(clang_getCursorType(a)),
				      clang_getCanonicalType(clang_getCursorType(b))) ||
		    !extent(a, &s[0], &s[1]) || !extent(b, &s[2], &s[3]) || s[1] > s[2])
			continue;
		new.edit[0] = (struct edit){ .start = s[0], .end = s[1], .text = copy(s[2], s[3]) };
		new.edit[1] = (struct edit){ .start = s[2], .end = s[3], .text = copy(s[0], s[1]) };
		if (strcmp(new.edit[0].text, new.edit[1].text))
			add(function, &new);
	}
}

static void mutate_index(struct function *function, CXCursor cursor)
{
	struct children two = { .nr = 0 };
	unsigned int start, end;

	clang_visitChildren(cursor, collect, &two);
	if (two.nr == 2 && extent(two.cursor[1], &start, &end))
		replace(function, "first-of-many", start, end, print("0"));
}

static bool is_number(enum CXTypeKind kind)
{
	return kind >= CXType_Bool && kind <= CXType_Int128;
}

static void mutate_return(struct function *function, CXCursor cursor)
{
	enum CXTypeKind kind = function->result.kind;
	unsigned int start, end;
	int first, semicolon;

	if (!extent(cursor, &start, &end))
		return;
	first = token_at(start);
	semicolon = end_of_statement(first);
	if (!is(first, "return") || semicolon < 0 || kind == CXType_Void)
		return;
	start = tokens[first].end + 1;
	end = tokens[semicolon].start;
	if (kind == CXType_Bool)
		replace(function, "return", start, end, print("!(%s)", copy(start, end)));
	else if (is_number(kind) || kind == CXType_Enum)
		replace(function, "return", start, end, print("0"));
	else if (kind == CXType_Pointer)
		replace(function, "return", start, end, print("NULL"));
}

/* int err = f(x); */
static void mutate_initialiser(struct function *function, CXCursor cursor)
{
	struct children children = { .nr = 0 };
	enum CXTypeKind kind = clang_getCanonicalType(clang_getCursorType(cursor)).kind;
	CXCursor init;
	unsigned int start, end;

	clang_visitChildren(cursor, collect, &children);
	if (!children.nr || children.nr > 4 || !is_number(kind))
		return;
	init = children.cursor[children.nr - 1];
	if (clang_getCursorKind(init) != CXCursor_CallExpr &&
	    clang_getCursorKind(init) != CXCursor_UnexposedExpr)
		return;
	if (extent(init, &start, &end) && !is_constant(start))
		replace(function, "statement", start, end, print("0"));
}

static void mutate_statement(struct function *function, CXCursor cursor)
{
	static const char * const ends[] = { "{", "}", ";", ":", NULL };
	unsigned int start, end;
	int first, semicolon;

	if (clang_getCursorKind(cursor) == CXCursor_DeclStmt || !extent(cursor, &start, &end))
		return;
	first = token_at(start);
	/* Macros have statements of their own inside their arguments. */
	if (!is_one_of(previous(first), ends))
		return;
	semicolon = end_of_statement(first);
	/* The last of a function that returns something has to stay */
	if (semicolon < 0 || (is(first, "return") && is(next(semicolon), "}") &&
			      tokens[next(semicolon)].end == function->end))
		return;
	replace(function, "statement", start, tokens[semicolon].end, print(";"));
}

/*
 * The line that tells whether one in the function is executed: that of the last probe
 * before it which is not of another branch, or of one that may have been left.
 */
static unsigned int probed_line(const struct function *function, unsigned int offset)
{
	unsigned int best = function->body;
	int i;

	for (i = 0; i < function->probes; i++)
		if (function->probe[i].start <= offset && function->probe[i].until > offset &&
		    function->probe[i].start > best)
			best = function->probe[i].start;
	return line_of(best);
}

static void add_probe(struct function *function, unsigned int at, char *what,
		      unsigned int until)
{
	function->probe = grow(function->probe, function->probes, sizeof(*function->probe));
	function->probe[function->probes++] = (struct edit){ at, at, what, until };
}

/* Before a simple statement, wherever it is, and before others that are in a list */
static void probe(struct function *function, CXCursor cursor, CXCursor parent, bool in_list)
{
	static const char * const in_a_list[] = { "{", "}", ";", ":", NULL };
	static const char * const alone[] = { ")", "else", "do", NULL };
	unsigned int start, end, other, until = function->end;
	int first, semicolon, i;

	if (clang_getCursorKind(cursor) == CXCursor_DeclStmt || !extent(cursor, &start, &end))
		return;
	/* A macro has both. */
	if (!in_list && extent(parent, &other, &end) && other == start)
		return;
	first = token_at(start);
	semicolon = end_of_statement(first);
	if (!is_one_of(previous(first), in_list ? in_a_list : alone) ||
	    (semicolon < 0 && !in_list) ||
	    is(first, "{") || is(first, ";") || is(first, "case") || is(first, "default") ||
	    is(next(first), ":"))
		return;
	for (i = 0; i < function->probes; i++)
		if (function->probe[i].start == start)
			return;
	if (!in_list)
		until = tokens[semicolon].end;
	else
		extent(parent, &other, &until);
	add_probe(function, start, print(semicolon < 0 ? "pks_mutant_reached(%u); " :
					 "{ pks_mutant_reached(%u); ",
					 function->base + line_of(start)), until);
	if (semicolon >= 0)
		add_probe(function, tokens[semicolon].end, print(" }"), 0);
}

static bool may_be_statement(CXCursor parent)
{
	switch (clang_getCursorKind(parent)) {
	case CXCursor_IfStmt:
	case CXCursor_ForStmt:
	case CXCursor_WhileStmt:
	case CXCursor_DoStmt:
		return true;
	default:
		return false;
	}
}

static bool is_in_list(CXCursor parent)
{
	switch (clang_getCursorKind(parent)) {
	case CXCursor_CompoundStmt:
	case CXCursor_LabelStmt:
	case CXCursor_CaseStmt:
	case CXCursor_DefaultStmt:
		return true;
	default:
		return false;
	}
}

/*
 * A pattern that checks what it does is a test there, not what is tested: a weaker check
 * passes as well, and whether it notices anything the deliberate bugs say.
 */
static bool is_check(CXCursor cursor)
{
	char *name;
	bool check;

	if (clang_getCursorKind(cursor) != CXCursor_CallExpr)
		return false;
	name = spelling(cursor);
	check = !strcmp(name, "pks_check");
	free(name);
	return check;
}

static enum CXChildVisitResult mutate(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct function *function = data;
	enum CXCursorKind kind = clang_getCursorKind(cursor);
	CXCursor of;

	/* Nothing in there is executed, or can be exchanged for an expression. */
	if (kind == CXCursor_UnaryExpr || kind == CXCursor_GCCAsmStmt ||
	    kind == CXCursor_StaticAssert)
		return CXChildVisit_Continue;

	if (is_in_list(parent) && !is_check(cursor))
		mutate_statement(function, cursor);
	if (is_in_list(parent) || may_be_statement(parent))
		probe(function, cursor, parent, is_in_list(parent));
	if (is_check(cursor))
		return CXChildVisit_Continue;
	if (clang_isExpression(kind))
		mutate_named(function, cursor);
	switch (kind) {
	case CXCursor_BinaryOperator:
	case CXCursor_CompoundAssignOperator:
		mutate_binary(function, cursor);
		break;
	case CXCursor_UnaryOperator:
		mutate_unary(function, cursor);
		break;
	case CXCursor_IfStmt:
	case CXCursor_WhileStmt:
		mutate_condition(function, cursor);
		break;
	case CXCursor_ConditionalOperator:
		mutate_choice(function, cursor);
		break;
	case CXCursor_IntegerLiteral:
		mutate_literal(function, cursor);
		break;
	case CXCursor_DeclRefExpr:
		of = clang_getCursorReferenced(cursor);
		if (clang_getCursorKind(of) == CXCursor_EnumConstantDecl)
			mutate_reference(function, cursor, "constant");
		break;
	case CXCursor_MemberRefExpr:
		mutate_reference(function, cursor, "field");
		break;
	case CXCursor_CallExpr:
		mutate_call(function, cursor);
		break;
	case CXCursor_ArraySubscriptExpr:
		mutate_index(function, cursor);
		break;
	case CXCursor_ReturnStmt:
		mutate_return(function, cursor);
		break;
	case CXCursor_VarDecl:
		mutate_initialiser(function, cursor);
		break;
	default:
		break;
	}
	return CXChildVisit_Recurse;
}

/* What is called by another name, or not at all, with its arguments as they are */
static const struct {
	const char *was, *operator, *by;
} calls[] = {
	{ "READ_ONCE", "ordering", "" },
	{ "atomic_set_release", "ordering", "atomic_set" },
	{ "atomic_try_cmpxchg_acquire", "ordering", "atomic_try_cmpxchg_relaxed" },
	{ "atomic_try_cmpxchg_release", "ordering", "atomic_try_cmpxchg_relaxed" },
	{ "smp_load_acquire", "ordering", "READ_ONCE" },
	{ "smp_store_release", "ordering", "WRITE_ONCE" },
	{ "list_add_tail", "call", "list_add" },
	{ "set_bit", "call", "clear_bit" },
	{ "clear_bit", "call", "set_bit" },
	{ "wake_up_all", "call", "wake_up" },
	{ "min", "call", "max" },
	{ "min_t", "call", "max_t" },
	{ "max", "call", "min" },
	{ "max_t", "call", "min_t" },
	{ "for_each_online_cpu", "cpu", "for_each_possible_cpu" },
	{ "for_each_possible_cpu", "cpu", "for_each_online_cpu" },
	{ "smp_processor_id", "cpu", "!smp_processor_id" },
	{ "raw_smp_processor_id", "cpu", "!raw_smp_processor_id" },
	{ "this_cpu_ptr", "cpu", "raw_cpu_ptr" },
	{ "num_online_cpus", "cpu", "num_possible_cpus" },
};

static const char * const pairs[][2] = {
	{ "preempt_disable", "preempt_enable" },
	{ "rcu_read_lock", "rcu_read_unlock" },
	{ "mutex_lock", "mutex_unlock" },
	{ "spin_lock", "spin_unlock" },
	{ "spin_lock_irq", "spin_unlock_irq" },
	{ "spin_lock_irqsave", "spin_unlock_irqrestore" },
	{ "local_irq_save", "local_irq_restore" },
	{ "local_irq_disable", "local_irq_enable" },
	{ "cpus_read_lock", "cpus_read_unlock" },
	{ "migrate_disable", "migrate_enable" },
	{ "get_cpu", "put_cpu" },
	{ "instrumentation_begin", "instrumentation_end" },
};

/* Without either of the two; and with the kind that leaves interrupts on */
static void mutate_pair(struct function *function, const char *open, const char *close)
{
	struct mutant without = { .operator = "lock" }, open_to = { .operator = "irq" };
	bool irq = !strcmp(open, "spin_lock_irqsave") || !strcmp(open, "spin_lock_irq");
	int i, args, opened = 0, closed = 0;

	for (i = token_at(function->body); i >= 0 && tokens[i].end <= function->end; i = next(i)) {
		if (!is(i, open) && !is(i, close))
			continue;
		args = next(i);
		if (!is(args, "(") || !is(next(closing(args)), ";") || without.edits == MAX_EDITS)
			return;
		opened += is(i, open);
		closed += is(i, close);
		without.edit[without.edits++] = (struct edit){
			.start = tokens[i].start, .end = tokens[closing(args)].end,
			.text = print("%s", "") };
		if (!irq)
			continue;
		args = next(args);
		open_to.edit[open_to.edits++] = (struct edit){
			.start = tokens[i].start, .end = tokens[closing(next(i))].end,
			.text = print("%s(%s)", is(i, open) ? "spin_lock" : "spin_unlock",
				      strtok(copy(tokens[args].start,
						  tokens[closing(next(i))].start), ",")) };
	}
	if (!opened || !closed)
		return;
	add(function, &without);
	if (irq)
		add(function, &open_to);
}

static void mutate_tokens(struct function *function)
{
	unsigned int k;
	int i;

	for (i = token_at(function->body); i >= 0 && tokens[i].end <= function->end; i = next(i)) {
		if (is(i, "WRITE_ONCE") && is(next(i), "(")) {
			int end = closing(next(i));
			char *args = copy(tokens[next(i)].end, tokens[end].start);
			char *comma = strrchr(args, ',');

			*comma = 0;
			replace(function, "ordering", tokens[i].start, tokens[end].end,
				print("%s = (%s)", args, comma + 1));
		}
		for (k = 0; k < ARRAY_SIZE(calls); k++)
			if (is(i, calls[k].was) && is(next(i), "("))
				replace_token(function, calls[k].operator, i, print("%s", calls[k].by));
	}
	for (k = 0; k < ARRAY_SIZE(pairs); k++)
		mutate_pair(function, pairs[k][0], pairs[k][1]);
}

static void mutate_early_return(struct function *function)
{
	enum CXTypeKind kind = function->result.kind;
	unsigned int at = tokens[token_at(function->body)].end;

	if (kind == CXType_Void)
		replace(function, "early-return", at, at, print(" return;"));
	else if (kind == CXType_Pointer)
		replace(function, "early-return", at, at, print(" return NULL;"));
	else if (is_number(kind) || kind == CXType_Enum)
		replace(function, "early-return", at, at, print(" return 0;"));
	if (kind == CXType_Bool)
		replace(function, "early-return", at, at, print(" return 1;"));
}

/* Functions */

/* The first token of a definition: what is before it ends something else */
static int first_token(int name)
{
	int i, first = name;

	for (i = name - 1; i >= 0; i--) {
		int k = tokens[i].start;

		if (tokens[i].comment)
			continue;
		if (is(i, ";") || is(i, "}"))
			break;
		/* a directive, which goes on behind a backslash */
		while (k > 0 && (text[k - 1] != '\n' || (k > 1 && text[k - 2] == '\\')))
			k--;
		while (isspace((unsigned char)text[k]))
			k++;
		if (text[k] == '#')
			break;
		/* EXPORT_SYMBOL(f) without a semicolon is nothing that we have */
		first = i;
	}
	return first;
}

static bool has(const struct function *function, const char *word)
{
	int i;

	for (i = token_at(function->start); i >= 0 && tokens[i].start < function->body; i = next(i))
		if (is(i, word))
			return true;
	return false;
}

static enum CXChildVisitResult find_body(CXCursor cursor, CXCursor parent, CXClientData data)
{
	(void)parent;
	if (clang_getCursorKind(cursor) != CXCursor_CompoundStmt)
		return CXChildVisit_Continue;
	*(CXCursor *)data = cursor;
	return CXChildVisit_Break;
}

static void read_function(CXCursor cursor)
{
	struct function f = { .cursor = cursor, .base = first_nr };
	CXCursor body = clang_getNullCursor();
	int name = location_of(cursor);
	unsigned int end;

	f.ident = spelling(cursor);
	clang_visitChildren(cursor, find_body, &body);
	if (!is(name, f.ident) || clang_Cursor_isNull(body) || !extent(body, &f.body, &end) ||
	    text[f.body] != '{' || clang_Cursor_isVariadic(cursor))
		return;
	f.end = end;
	f.name = tokens[name].start;
	f.name_end = tokens[name].end;
	f.start = tokens[first_token(name)].start;
	f.result = clang_getCanonicalType(clang_getCursorResultType(cursor));
	f.is_inline = has(&f, "inline") || has(&f, "__always_inline");
	f.first = nr_mutants;
	add_probe(&f, f.body + 1, print("pks_mutant_reached(%u);", first_nr + line_of(f.body)),
		  f.end);
	clang_visitChildren(body, mutate, &f);
	mutate_tokens(&f);
	mutate_early_return(&f);
	f.last = nr_mutants;
	functions = grow(functions, nr_functions, sizeof(f));
	functions[nr_functions++] = f;
}

static enum CXChildVisitResult top_level(CXCursor cursor, CXCursor parent, CXClientData data)
{
	enum CXCursorKind kind = clang_getCursorKind(cursor);
	CXFile where;
	unsigned int offset;

	(void)parent;
	(void)data;
	if (kind == CXCursor_MacroExpansion && !clang_Cursor_isMacroFunctionLike(cursor)) {
		clang_getFileLocation(clang_getCursorLocation(cursor), &where, NULL, NULL, &offset);
		if (clang_File_isEqual(where, file)) {
			constants = grow(constants, nr_constants, sizeof(*constants));
			constants[nr_constants++] = offset;
		}
	}
	if (kind == CXCursor_FunctionDecl && clang_isCursorDefinition(cursor))
		read_function(cursor);
	return CXChildVisit_Continue;
}

/* What is written */

static bool wanted(const struct mutant *mutant)
{
	return mutant->nr >= nr_unwanted || !unwanted[mutant->nr];
}

/* f__<suffix>() */
static void write_head(FILE *out, const struct function *function, const char *suffix)
{
	static const char * const left_out[] = {
		"static", "__weak", "extern", "inline", "__always_inline", NULL,
	};
	unsigned int at = function->start;
	int i;

	fprintf(out, "#line 1 \"mutant-%s\"\nstatic %s ", suffix,
		function->is_inline ? "PKS_MUTANT_INLINE" : "PKS_MUTANT_APART");
	for (i = token_at(function->start); tokens[i].start < function->name; i = next(i)) {
		if (!is_one_of(i, left_out))
			continue;
		fwrite(text + at, 1, tokens[i].start - at, out);
		at = tokens[i].end;
	}
	fprintf(out, "%.*s__%s%.*s", (int)(function->name_end - at), text + at, suffix,
		(int)(function->body - function->name_end), text + function->name_end);
}

static int by_start(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static void write_copy(FILE *out, const struct function *function, const char *suffix,
		       struct edit *edit, int edits)
{
	unsigned int at = function->body;
	int i;

	write_head(out, function, suffix);
	if (edits)
		qsort(edit, edits, sizeof(*edit), by_start);
	for (i = 0; i < edits; i++) {
		fwrite(text + at, 1, edit[i].start - at, out);
		fputs(edit[i].text, out);
		at = edit[i].end;
	}
	fwrite(text + at, 1, function->end - at, out);
	fputs("\n\n", out);
}

static void write_call(FILE *out, const struct function *function, const char *suffix)
{
	bool is_void = function->result.kind == CXType_Void;
	int i, nr = clang_Cursor_getNumArguments(function->cursor);

	fprintf(out, "%s %s__%s(", is_void ? "" : " return", function->ident, suffix);
	for (i = 0; i < nr; i++)
		fprintf(out, "%s%s", i ? ", " : "",
			spelling(clang_Cursor_getArgument(function->cursor, i)));
	fprintf(out, ");%s\n", is_void ? " return;" : "");
}

static void write_choice(FILE *out, const struct function *function)
{
	unsigned int i;

	fprintf(out, "{\n\tif (pks_mutant_any())\n\t\tswitch (pks_mutant_of(%u, %u)) {\n"
		"\t\tcase PKS_MUTANT_REACH:", mutants[function->first].nr,
		mutants[function->last - 1].nr);
	write_call(out, function, "reach");
	for (i = function->first; i < function->last; i++) {
		if (!wanted(&mutants[i]))
			continue;
		fprintf(out, "\t\tcase %u:", mutants[i].nr);
		write_call(out, function, print("m%u", mutants[i].nr));
	}
	fputs("\t\t}\n", out);
}

/* Its copies come before it: if it calls itself, they need its declaration. */
static bool calls_itself(const struct function *function)
{
	int i;

	for (i = 0; i < nr_tokens; i++) {
		if (tokens[i].start >= function->body && tokens[i].end <= function->end &&
		    is(i, function->ident))
			return true;
	}
	return false;
}

static void write_function(FILE *out, const struct function *function, const char *as)
{
	unsigned int i;

	if (calls_itself(function))
		fprintf(out, "%.*s;\n", (int)(function->body - function->start),
			text + function->start);
	write_copy(out, function, "m0", NULL, 0);
	write_copy(out, function, "reach", function->probe, function->probes);
	for (i = function->first; i < function->last; i++)
		if (wanted(&mutants[i]))
			write_copy(out, function, print("m%u", mutants[i].nr), mutants[i].edit,
				   mutants[i].edits);
	fprintf(out, "#line %u \"%s\"\n%.*s", line_of(function->start), as,
		(int)(function->body - function->start), text + function->start);
	write_choice(out, function);
	fprintf(out, "#line %u \"%s\"\n%.*s}\n#line %u \"%s\"\n", line_of(function->body), as,
		(int)(function->end - function->body), text + function->body,
		line_of(function->end), as);
}

static void write_result(const char *name, const char *as)
{
	FILE *out = fopen(name, "w");
	size_t at = 0;
	int i;

	if (!out)
		err(1, "%s cannot be written", name);
	for (i = 0; i < nr_functions; i++) {
		if (functions[i].first == functions[i].last)
			continue;
		fwrite(text + at, 1, functions[i].start - at, out);
		if (!at)
			fputs("#include <linux/pks-mutation.h>\n", out);
		write_function(out, &functions[i], as);
		at = functions[i].end;
	}
	fwrite(text + at, 1, length - at, out);
	if (fclose(out))
		err(1, "%s cannot be written", name);
}

/* One line, whatever it was */
static void write_flat(FILE *out, const char *from)
{
	bool blank = false;

	for (; *from; from++) {
		if (isspace((unsigned char)*from)) {
			blank = true;
			continue;
		}
		if (blank)
			fputc(' ', out);
		blank = false;
		fputc(*from, out);
	}
}

static void write_list(const char *name, const char *as)
{
	FILE *out = fopen(name, "a");
	const struct mutant *m;
	int i, k, e;

	if (!out)
		err(1, "%s cannot be written", name);
	for (i = 0; i < nr_functions; i++)
		for (k = functions[i].first; k < (int)functions[i].last; k++) {
			m = &mutants[k];
			fprintf(out, "%u\t%s\t%u\t%u\t%s\t%s\t", m->nr, as, m->line,
				probed_line(&functions[i], m->edit[0].start),
				functions[i].ident, m->operator);
			for (e = 0; e < m->edits; e++) {
				fputs(e ? " ... " : "", out);
				write_flat(out, copy(m->edit[e].start, m->edit[e].end));
			}
			fputc('\t', out);
			for (e = 0; e < m->edits; e++) {
				fputs(e ? " ... " : "", out);
				write_flat(out, m->edit[e].text);
			}
			fputc('\n', out);
		}
	if (fclose(out))
		err(1, "%s cannot be written", name);
}

/* What is read */

static void read_text(const char *name)
{
	FILE *in = fopen(name, "r");

	if (!in || fseek(in, 0, SEEK_END))
		err(1, "%s cannot be read", name);
	length = ftell(in);
	rewind(in);
	text = calloc(1, length + 1);
	if (!text || fread(text, 1, length, in) != length)
		err(1, "%s cannot be read", name);
	fclose(in);
}

static void read_unwanted(const char *name)
{
	FILE *in = fopen(name, "r");
	unsigned int nr;

	if (!in)
		err(1, "%s cannot be read", name);
	while (fscanf(in, "%u", &nr) == 1) {
		if (nr >= nr_unwanted) {
			unwanted = realloc(unwanted, 2 * nr + 2);
			if (!unwanted)
				err(1, "no memory");
			memset(unwanted + nr_unwanted, 0, 2 * nr + 2 - nr_unwanted);
			nr_unwanted = 2 * nr + 2;
		}
		unwanted[nr] = true;
	}
	fclose(in);
}

static void read_tokens(void)
{
	CXSourceRange all = clang_getRange(clang_getLocationForOffset(unit, file, 0),
					   clang_getLocationForOffset(unit, file, length));
	unsigned int i, nr;
	CXToken *list;

	clang_tokenize(unit, all, &list, &nr);
	tokens = calloc(nr + 1, sizeof(*tokens));
	if (!tokens)
		err(1, "no memory");
	for (i = 0; i < nr; i++) {
		CXSourceRange range = clang_getTokenExtent(unit, list[i]);

		clang_getFileLocation(clang_getRangeStart(range), NULL, NULL, NULL, &tokens[i].start);
		clang_getFileLocation(clang_getRangeEnd(range), NULL, NULL, NULL, &tokens[i].end);
		tokens[i].comment = clang_getTokenKind(list[i]) == CXToken_Comment;
	}
	nr_tokens = nr;
	clang_disposeTokens(unit, list, nr);
}

/* An error would take something out of the tree without a word. */
static void check_errors(const char *name)
{
	unsigned int i;

	for (i = 0; i < clang_getNumDiagnostics(unit); i++) {
		CXDiagnostic d = clang_getDiagnostic(unit, i);

		if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error) {
			CXString s = clang_formatDiagnostic(d, CXDiagnostic_DisplaySourceLocation);

			errx(1, "clang does not understand %s: %s", name, clang_getCString(s));
		}
		clang_disposeDiagnostic(d);
	}
}

int main(int argc, char **argv)
{
	CXIndex index;

	if (argc < 8 || strcmp(argv[7], "--"))
		errx(2, "usage: mutate <first number> <file> <as> <result> <list> <not these> -- <compiler argument>...");
	first_nr = strtoul(argv[1], NULL, 10);
	next_nr = first_nr;
	read_text(argv[2]);
	read_unwanted(argv[6]);

	index = clang_createIndex(0, 0);
	unit = clang_parseTranslationUnit(index, argv[2], (const char * const *)argv + 8, argc - 8,
					  NULL, 0, CXTranslationUnit_DetailedPreprocessingRecord);
	if (!unit)
		errx(1, "clang cannot read %s", argv[2]);
	check_errors(argv[2]);
	file = clang_getFile(unit, argv[2]);
	read_tokens();
	clang_visitChildren(clang_getTranslationUnitCursor(unit), top_level, NULL);
	write_result(argv[4], argv[3]);
	write_list(argv[5], argv[3]);
	return 0;
}
