"""The syntax of the language reference, sentence by sentence, the tests named by its sections."""

from fractions import Fraction

import pytest

from einlang.syntax import nodes as n
from einlang.syntax.format import format_expression
from einlang.syntax.lexicon import FUNCTIONS, RESERVED
from einlang.tree import walk

# --- section 2: lexical structure ---------------------------------------------------------------------------------------


def body(items, text):
    """The right side of a definition."""
    (item,) = items(f"y = {text}")
    return item.body


def shape(node):
    """An expression with every operation in parentheses, to see what belongs to what."""
    match node:
        case n.Additive(terms):
            return "(" + "".join(f"{t.sign}{shape(t.operand)}" for t in terms)[1:] + ")"
        case n.Product(factors):
            signs = {"juxtaposed": " "}
            return "(" + "".join(f"{signs.get(f.joined, f.joined)}{shape(f.operand)}" for f in factors)[1:] + ")"
        case n.Negative(operand):
            return f"(-{shape(operand)})"
        case n.Power(base, exponent):
            return f"({shape(base)}^{shape(exponent)})"
        case n.Comparison(operator, left, right):
            return f"({shape(left)}{operator}{shape(right)})"
        case n.Logical(operator, operands):
            return "(" + f" {operator} ".join(map(shape, operands)) + ")"
        case n.Not(operand):
            return f"(not {shape(operand)})"
        case n.Conditional(then, condition, otherwise):
            return f"({shape(then)} if {shape(condition)} else {shape(otherwise)})"
        case n.Parenthesised(inside):
            return shape(inside)
        case _:
            return format_expression(node)


def test_2_a_byte_order_mark_and_a_shared_indentation_are_ignored(items) -> None:
    assert len(items("\ufeff  a = 1\n\n  b = 2\n")) == 2
    assert len(items("\ta = 1\n\tb = 2")) == 2


def test_2_a_comment_runs_to_the_end_of_the_line_and_ends_nothing(items) -> None:
    (item,) = items("# first\na = b # second\n# third\n\n  + c # fourth\n#fifth")
    assert shape(item.body) == "(b+c)"


def test_2_a_statement_ends_with_its_line_unless_the_next_is_indented_or_in_brackets(items) -> None:
    assert [item.span.text for item in items("a = b\nc = d\n  + e\nf = g(\nh\n)\ni = 1")] == [
        "a = b",
        "c = d\n  + e",
        "f = g(\nh\n)",
        "i = 1",
    ]


@pytest.mark.parametrize("name", ["W1", "x_hat", "σ", "w'", "w''", "Größe", "x̂", "переменная", "ℓ"])
def test_2_a_name_is_a_python_identifier_then_primes(name, items) -> None:
    (item,) = items(f"{name}[i] = 1[i]")
    assert isinstance(item, n.Definition)


def test_2_names_are_compared_after_nfkc(items) -> None:
    (item,) = items("𝐖 = ﬁ")
    assert (item.name.name, item.body.name.name) == ("W", "fi")


def test_2_a_middle_dot_is_no_part_of_a_name(items) -> None:
    assert shape(body(items, "a·b")) == "(a*b)"


@pytest.mark.parametrize("word", RESERVED)
def test_2_reserved_words_are_no_names(word, read) -> None:
    assert read(f"{word} = 1")[1]
    assert read(f"input {word}[b]")[1]


def test_2_an_index_stands_in_brackets_in_a_name_space_of_its_own(items) -> None:
    (item,) = items("X[x] = y[x,I_2]")
    assert [s.name.name for s in item.body.subscripts] == ["x", "I_2"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("2", 2), ("0.5", Fraction(1, 2)), ("1e-3", Fraction(1, 1000)), ("2.5E+2", 250), ("007", 7), ("0e99999999", 0)],
)
def test_2_numbers_are_exact(text, value, items) -> None:
    assert body(items, text).value == value


@pytest.mark.parametrize(("text", "expected"), [("a -b", "(a-b)"), ("a<-b", "(a<(-b))"), ("2 1[I]", "(2 1[I])")])
def test_2_a_juxtaposed_factor_starts_with_neither_a_sign_nor_a_number(text, expected, items) -> None:
    assert shape(body(items, text)) == expected


def test_2_an_arrow_is_one_only_after_the_target_of_an_update(items) -> None:
    update, definition = items("w{1}[i]<-w[i]\ny[i] = 1 if w[i]<-w[i] else 0")
    assert isinstance(update, n.Update)
    assert shape(definition.body) == "(1 if (w[i]<(-w[i])) else 0)"


@pytest.mark.parametrize(
    ("unicode", "ascii"),
    [
        ("∂L/∂W[i]", "@L/@W[i]"),
        ("∂²L/∂w[i]∂w[j]", "@@L/@w[i]@w[j]"),
        ("∂³L/∂x∂x∂x", "@@@L/@x@x@x"),
        ("δ[i,j]", "delta[i,j]"),
        ("1 if a ≤ b else 0", "1 if a <= b else 0"),
        ("1 if a ≥ b else 0", "1 if a >= b else 0"),
        ("1 if a ≠ b else 0", "1 if a != b else 0"),
        ("a · b", "a * b"),
    ],
)
def test_2_every_unicode_spelling_has_an_ascii_one(unicode, ascii, items) -> None:
    for text in (unicode, ascii):
        assert format_expression(body(items, text)) == unicode
        assert format_expression(body(items, text), ascii=True) == ascii


# --- section 3: declarations --------------------------------------------------------------------------------------------


def test_3_input_and_param(items) -> None:
    first, second = items("input X[b, k0], lr\nparam W{2}[2*h, h + 1]")
    assert [(d.name.name, len(d.axes)) for d in first.declarators] == [("X", 2), ("lr", 0)]
    assert (second.role, len(second.declarators[0].axes)) == ("param", 2)


def test_3_int_belongs_to_the_one_tensor_before_it(items) -> None:
    (item,) = items("input x[n], y[b] : int, z[b]")
    assert [d.integer for d in item.declarators] == [False, True, False]


def test_3_size(items) -> None:
    (item,) = items("size h = 128, n, k{m} for m in 1..2")
    assert [(s.name.name, s.value is not None) for s in item.item.sizes] == [("h", True), ("n", False), ("k", False)]


def test_3_const(items) -> None:
    number, tensor, matrix = items("const n = 3\nconst w[3] = [1/6, 2/3, 1/6]\nconst m[2, 2] = [[1, 2], [3, -4]]")
    assert number.value.value == 3
    assert len(tensor.value.entries) == 3
    assert [len(row.entries) for row in matrix.value.entries] == [2, 2]


def test_3_use_assume_abstract_check_output(items) -> None:
    use, assume, scalar, vector, check, output = items(
        """
        use "layers.ein"
        assume sum[J](Y[i,J]) = 1
        abstract L(Y, T{1})
        abstract Z[p, q : n](Y)
        check ∂L/∂b[j] = 1[A] ∂L/∂Z[A,j] = c[j]
        output L, G{1}, w'
        """
    )
    assert use.path == "layers.ein"
    assert (format_expression(assume.left), assume.right.value) == ("sum[J](Y[i,J])", 1)
    assert (scalar.indices, len(scalar.arguments)) == ((), 2)
    assert [index.name for index in vector.indices] == ["p", "q"]
    assert len(check.sides) == 3
    assert [name.name for name in output.names] == ["L", "G", "w'"]


def test_3_a_sketch_declares_no_input_and_no_param(read) -> None:
    assert read("f = x[I] A[I,J] x[J]")[0].is_sketch
    assert not read("param A{m}[n] for m in 1..2\nf = A{1}[I]")[0].is_sketch


# --- section 4: definitions ---------------------------------------------------------------------------------------------


def test_4_a_definition_has_indices_with_ranges(items) -> None:
    scalar, ranged, recurrence, start = items("L = x\nB[i : b, j] = c[j]\nf[t+1 : n, i] = f[t,i]\ng[-1,i] = x[i]")
    assert scalar.indices == ()
    assert [index.extent is not None for index in ranged.indices] == [True, False]
    assert format_expression(recurrence.indices[0].subscript) == "t + 1"
    assert isinstance(start.indices[0].subscript, n.Negative)


# --- section 6: expressions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a if c else b if d else e", "(a if c else (b if d else e))"),
        ("a or b and not c < d + e", "(a or (b and (not (c<(d+e)))))"),
        ("a or b or c", "(a or b or c)"),
        ("not a and b", "((not a) and b)"),
        ("a - b - c + d", "(a-b-c+d)"),
        ("a b * c / d", "(a b*c/d)"),
        ("-a b", "((-a) b)"),
        ("a * -b", "(a*(-b))"),
        ("-x^2", "(-(x^2))"),
        ("x^-1", "(x^(-1))"),
        ("x^-y^2", "(x^(-(y^2)))"),
        ("2^3^4", "(2^(3^4))"),
        ("x^2 y[I]", "((x^2) y[I])"),
        ("2 x[i]", "(2 x[i])"),
        ("2 (a + b)", "(2 (a+b))"),
        ("x[i] (a + b)", "(x[i] (a+b))"),
        ("n (a)", "(n a)"),
        ("exp (a)", "exp(a)"),
        ("--x", "(-(-x))"),
        ("u[I] v[I] - A[i,j]", "((u[I] v[I])-A[i,j])"),
    ],
)
def test_6_operators_from_loose_to_tight(text, expected, items) -> None:
    assert shape(body(items, text)) == expected


def test_6_a_name_before_a_parenthesis_is_a_call_when_it_names_a_function(items) -> None:
    declared, call, product = items("fn f(x) = x\ny = f(a)\nz = g(a)")
    assert isinstance(declared, n.Function)
    assert isinstance(call.body, n.Call)
    assert isinstance(product.body, n.Product)


def test_6_numbers_and_tensors_of_ones_zeros_and_deltas(items) -> None:
    tensors = body(items, "1[I] 0[i,j] δ[i + k,p] δ[t[n],v] pi inf levicivita[i,j,k]")
    assert [type(f.operand).__name__ for f in tensors.factors] == [
        "Filled",
        "Filled",
        "Delta",
        "Delta",
        "Name",
        "Name",
        "LeviCivita",
    ]


def test_6_a_sum_of_messages_on_a_graph(items) -> None:
    (item,) = items("y[v : nv, i] = m[E,i] δ[v, dst[E]]")
    assert format_expression(item) == "y[v : nv, i] = m[E,i] δ[v, dst[E]]"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_6_every_built_in_function_is_called(name, items) -> None:
    call = body(items, f"{name}[I : n](x, y)" if name != "size" else "size(X, 0)")
    assert (call.function, len(call.arguments)) == (name, 2)


def test_6_what_works_along_an_index_names_it(items) -> None:
    call = body(items, "sum[I : n - 1, J]((x[I+1] - x[J])^2)")
    assert [(index.name, index.extent is not None) for index in call.indices] == [("I", True), ("J", False)]


@pytest.mark.parametrize(
    "text", ["X[0,j]", "x[-1]", "x[i + k]", "x[2 i + K]", "x[size(x, 0) - 1 - i]", "E[t[n], j]", "x[mod(i + 1, n)]", "X{m}[i]"]
)
def test_6_subscripts(text, items) -> None:
    assert isinstance(body(items, text), n.Reference)


def test_6_tensors_written_out(items) -> None:
    vector = body(items, "[a, 2 b, c][i]")
    matrix = body(items, "[[a, b], [c, d]][i,j]")
    product = body(items, "2 [a, b][i] x[i] [c][j] * [d][k]")
    nested = body(items, "[[a, b][i], c][j]")
    assert len(vector.tensor.entries) == 3
    assert all(isinstance(row, n.Written) for row in matrix.tensor.entries)
    assert [type(f.operand).__name__ for f in product.factors][1::2] == ["WrittenReference"] * 2
    assert isinstance(nested.tensor.entries[0], n.WrittenReference)


def test_6_functions_with_and_without_index_parameters_and_bodies(items) -> None:
    plain, along, abstract, _ = items(
        """
        fn gauss(x, s) = exp(-x^2 / (2 s^2))
        fn normalise[j](z[j], A[j,k]) = z[j] / sqrt(z[J] z[J])
        fn σ[j](z[j])
        P[i,j] = normalise[j](Z[i,j])
        """
    )
    assert [p.name for p in plain.parameters] == ["x", "s"]
    assert ([i.name for i in along.indices], [len(p.indices) for p in along.parameters]) == (["j"], [1, 2])
    assert abstract.body is None


def test_6_derivatives_of_functions(items) -> None:
    *_, item = items("fn σ(x)\nfn f(x, y)\ny = σ'(x) + f''2(x, y) + w'")
    first, second, third = (term.operand for term in item.body.terms)
    assert (first.function, first.by) == ("σ", (0,))
    assert (second.function, second.by) == ("f", (2, 2))
    assert third.name.name == "w'"


# --- section 7: derivatives ---------------------------------------------------------------------------------------------


def test_7_derivatives_are_of_tensors_or_of_what_stands_in_parentheses(items) -> None:
    chain = body(items, "∂Z[k]/∂Y[J] ∂Y[J]/∂X{1}[i]")
    assert [f.operand.order for f in chain.factors] == [1, 1]
    nested = body(items, "∂(∂L/∂w[i])/∂w[j]")
    assert isinstance(nested.numerator.body, n.Derivative)
    assert isinstance(body(items, "∂f/∂x").denominators[0], n.Name)


def test_7_the_orders_take_one_two_and_three_denominators(items) -> None:
    for order, text in enumerate(["∂L/∂x", "∂²L/∂w[I]∂w[I]", "@@@L/@x@y[i]@z"], start=1):
        derivative = body(items, text)
        assert (derivative.order, len(derivative.denominators)) == (order, order)


def test_7_the_slash_is_no_division_and_a_power_of_a_derivative_is_one(items) -> None:
    assert isinstance(body(items, "∂L/∂w^2"), n.Power)
    assert isinstance(body(items, "∂L/∂w x"), n.Product)


# --- sections 8 and 9: layers, steps, solutions -------------------------------------------------------------------------


def test_8_a_name_carries_superscripts_and_a_statement_is_repeated(items) -> None:
    (item,) = items("W{m,p}[i] = A{2 m - 1}[i] for m in 1..n-1, p in 0..m")
    assert len(item.item.name.superscripts) == 2
    assert [(r.variable, format_expression(r.last)) for r in item.ranges] == [("m", "n - 1"), ("p", "m")]


def test_8_the_program_with_layers(items) -> None:
    program = items(
        """
        const n = 3
        input A[b, k{0}], Y[b, k{n}]
        param W{m}[k{m-1}, k{m}], c{m}[k{m}]                    for m in 1..n
        X{0}[i,j] = A[i,j]
        Z{m}[i,j] = X{m-1}[i,K] W{m}[K,j] + c{m}[j]             for m in 1..n
        X{m}[i,j] = relu(Z{m}[i,j])                             for m in 1..n-1
        X{n}[i,j] = softmax[j](Z{n}[i,j])
        L = -Y[I,J] log(X{n}[I,J]) / b
        G{m}[i,j] = ∂L/∂W{m}[i,j]                               for m in 1..n
        """
    )
    assert sum(isinstance(item, n.Repeated) for item in program) == 4


def test_9_updates_solutions_and_recurrences(items) -> None:
    update, solve, start, step = items(
        """
        w[i] <- w[i] - lr ∂L/∂w[i]
        solve s[j]: H[i,J] s[J] = g[i]
        h[0,i] = h0[i]
        h[t+1,i] = tanh(h[t,K] U[K,i] + x[t,K] V[K,i])
        """
    )
    assert isinstance(update, n.Update)
    assert (format_expression(solve.left), format_expression(solve.right)) == ("H[i,J] s[J]", "g[i]")
    assert isinstance(start.indices[0].subscript, n.Number)
    assert isinstance(step.indices[0].subscript, n.Additive)


def test_every_node_lies_within_its_parent(items) -> None:
    for item in items(
        "fn f(x) = x\nZ{m}[i : n, j] = sum[K : k](-f(a)^2 [1, x][K] + δ[i,j] / ∂L/∂w[i]) if i < 1 else 0 for m in 1..2"
    ):
        for parent in walk(item):
            for child in parent.children:
                assert parent.span.start <= child.span.start <= child.span.end <= parent.span.end
