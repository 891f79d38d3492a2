using System.Text.RegularExpressions;

namespace LlmTelemetry.Contract.Tests.Watching;

internal abstract record PromQlNode;

/// <summary>A number, or a variable of Grafana that stands for one.</summary>
internal sealed record PromQlNumber(string Text) : PromQlNode;

internal sealed record PromQlText(string Value) : PromQlNode;

internal sealed record PromQlMatcher(string Label, string Operator, string Value);

/// <summary>Series by name and labels; ranges, offsets and @ change neither labels nor unit and are left out.</summary>
internal sealed record PromQlSelector(string? Name, IReadOnlyList<PromQlMatcher> Matchers) : PromQlNode;

internal sealed record PromQlCall(string Function, IReadOnlyList<PromQlNode> Arguments) : PromQlNode;

/// <param name="Operator">sum, max ...</param>
/// <param name="Clause">by, without; empty where there is none.</param>
/// <param name="Labels">Those of the clause.</param>
/// <param name="Arguments">What is aggregated is the last.</param>
internal sealed record PromQlAggregation(string Operator, string Clause, IReadOnlyList<string> Labels, IReadOnlyList<PromQlNode> Arguments) : PromQlNode;

/// <param name="Operator">or, and, /, &gt;= ...</param>
/// <param name="Left">On its left.</param>
/// <param name="Right">On its right.</param>
/// <param name="IsBool">Whether a comparison gives 0 and 1 in the place of leaving series out.</param>
/// <param name="Matching">on, ignoring; empty where there is neither.</param>
/// <param name="Labels">Those of <paramref name="Matching"/>.</param>
/// <param name="Group">group_left, group_right; empty where there is neither.</param>
/// <param name="Included">The labels that <paramref name="Group"/> takes along.</param>
internal sealed record PromQlBinary(
    string Operator, PromQlNode Left, PromQlNode Right, bool IsBool, string Matching, IReadOnlyList<string> Labels, string Group, IReadOnlyList<string> Included) : PromQlNode;

/// <summary>Reads PromQL as far as checking its names takes: what Prometheus refuses for another reason, promtool and the query tests find.</summary>
internal sealed partial class PromQl
{
    private static readonly HashSet<string> Aggregations =
        ["sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values", "bottomk", "topk", "quantile", "limitk", "limit_ratio"];

    // The later bind closer.
    private static readonly string[][] Precedence = [["or"], ["and", "unless"], ["==", "!=", "<=", "<", ">=", ">"], ["+", "-"], ["*", "/", "%", "atan2"], ["^"]];

    private readonly string[] _tokens;
    private int _at;

    private PromQl(string[] tokens) => _tokens = tokens;

    private string Next => _at < _tokens.Length ? _tokens[_at] : "";

    /// <exception cref="FormatException">It is none.</exception>
    public static PromQlNode Parse(string query)
    {
        var tokens = Token().Matches(query);
        var covered = tokens.Sum(token => token.Length);
        if (covered != query.Length)
        {
            throw new FormatException($"A sign that PromQL does not have: {query}");
        }

        var reader = new PromQl([.. tokens.Select(token => token.Value).Where(token => !string.IsNullOrWhiteSpace(token) && token[0] != '#')]);
        var expression = reader.Expression(0);
        return reader.Next == "" ? expression : throw new FormatException($"{reader.Next} is one too many: {query}");
    }

    /// <summary>It and all that it is made of.</summary>
    public static IEnumerable<PromQlNode> Parts(PromQlNode node) => [node, .. Inside(node).SelectMany(Parts)];

    private static IEnumerable<PromQlNode> Inside(PromQlNode node) => node switch
    {
        PromQlCall call => call.Arguments,
        PromQlAggregation aggregation => aggregation.Arguments,
        PromQlBinary binary => [binary.Left, binary.Right],
        _ => [],
    };

    private PromQlNode Expression(int level)
    {
        if (level == Precedence.Length)
        {
            return Sign();
        }

        var left = Expression(level + 1);
        while (Precedence[level].Contains(Next))
        {
            var (sign, isBool) = (Take(), Skip("bool"));
            var (matching, labels) = Next is "on" or "ignoring" ? (Take(), List()) : ("", []);
            var (group, included) = Next is "group_left" or "group_right" ? (Take(), Next == "(" ? List() : []) : ("", []);

            // Of all signs ^ alone begins at its right.
            left = new PromQlBinary(sign, left, Expression(sign == "^" ? level : level + 1), isBool, matching, labels, group, included);
        }

        return left;
    }

    private PromQlNode Sign() => Skip("-") || Skip("+") ? Sign() : Modified(Primary());

    private PromQlNode Modified(PromQlNode inner)
    {
        while (true)
        {
            if (Skip("["))
            {
                while (!Skip("]"))
                {
                    Take();
                }
            }
            else if (Skip("offset"))
            {
                Skip("-");
                Take();
            }
            else if (Skip("@"))
            {
                Take();
                if (Skip("("))
                {
                    Need(")");
                }
            }
            else
            {
                return inner;
            }
        }
    }

    private PromQlNode Primary()
    {
        var token = Take();
        switch (token[0])
        {
            case '(':
                var inner = Expression(0);
                Need(")");
                return inner;
            case '"' or '\'' or '`':
                return new PromQlText(token[1..^1]);
            case '{':
                _at--;
                return new PromQlSelector(null, Matchers());
            case '$' or '.' or (>= '0' and <= '9'):
                return new PromQlNumber(token);
            case (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '_' or ':':
                return Named(token);
            default:
                throw new FormatException($"{token} is not where it can be: {string.Join(' ', _tokens)}");
        }
    }

    private PromQlNode Named(string name)
    {
        if (Aggregations.Contains(name) && Next is "(" or "by" or "without")
        {
            var (clause, labels) = Clause();
            var arguments = Arguments();
            (clause, labels) = clause == "" ? Clause() : (clause, labels);
            return new PromQlAggregation(name, clause, labels, arguments);
        }

        return name switch
        {
            _ when Next == "(" => new PromQlCall(name, Arguments()),
            "Inf" or "NaN" or "inf" or "nan" => new PromQlNumber(name),
            _ => new PromQlSelector(name, Next == "{" ? Matchers() : []),
        };
    }

    private (string Clause, IReadOnlyList<string> Labels) Clause() => Next is "by" or "without" ? (Take(), List()) : ("", []);

    private List<PromQlNode> Arguments() => Between("(", ")", () => Expression(0));

    private List<string> List() => Between("(", ")", Take);

    private List<PromQlMatcher> Matchers() => Between("{", "}", () =>
    {
        var label = Take();
        return label[0] is '"' or '\'' or '`'
            ? throw new FormatException($"A name in quotes, which Prometheus 2 does not read: {label}")
            : new PromQlMatcher(label, Take(), Take()[1..^1]);
    });

    private List<T> Between<T>(string open, string close, Func<T> one)
    {
        List<T> all = [];
        Need(open);
        while (!Skip(close))
        {
            all.Add(one());
            if (Next != close)
            {
                Need(",");
            }
        }

        return all;
    }

    private string Take() => _at < _tokens.Length ? _tokens[_at++] : throw new FormatException($"It ends too soon: {string.Join(' ', _tokens)}");

    private bool Skip(string token)
    {
        var isNext = Next == token;
        _at += isNext ? 1 : 0;
        return isNext;
    }

    private void Need(string token)
    {
        if (!Skip(token))
        {
            throw new FormatException($"{token} is missing before {Next}: {string.Join(' ', _tokens)}");
        }
    }

    // Space and comments, texts, variables, numbers and durations, names, signs.
    [GeneratedRegex("""\s+|\#[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\$\{\w+(?::\w+)?\}|\$\w+|[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?[a-zA-Z0-9]*|[a-zA-Z_:][a-zA-Z0-9_:]*|=~|!~|==|!=|<=|>=|[-+*/%^<>=(){}\[\],@]""")]
    private static partial Regex Token();
}
