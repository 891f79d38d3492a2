using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Budgets;

/// <summary>
/// Every key of the budgets in Redis: <c>llm:{budgets}:c:daily|usd|day|=ann</c>. All carry one hash tag, so that limits of all subjects are decided together on a
/// Cluster too. The spend ledger's tags are others: each has a colon, or is <c>records</c>.
/// </summary>
/// <param name="prefix">Starts every key; holds no braces.</param>
internal sealed class RedisBudgetKeys(string prefix)
{
    private const char Separator = '|';

    private readonly string _base = $"{prefix}:{{budgets}}:";

    /// <summary>Sorted set: the ids of live holds by deadline. The scripts know the others' keys by it.</summary>
    public string Holds => _base + "holds";

    /// <summary>Hash: limit, or limit and subject, to what it is overridden with.</summary>
    public string Overrides => _base + "overrides";

    /// <summary>Hash: a limit's name to what it is.</summary>
    public string Limits => _base + "limits";

    /// <summary>String: one hold, or that it was settled.</summary>
    public string Hold(Guid id) => $"{_base}hold:{Id(id)}";

    public static string Id(Guid id) => id.ToString("N");

    /// <summary>String: one counter. A subject's text has no separator: the last one is where it begins.</summary>
    public string Counter(CounterKey counter) => CountersOf(counter.Series) + Subject(counter.Subject);

    public CounterKey ReadCounter(string key)
    {
        var end = key.LastIndexOf(Separator);
        return new CounterKey(key[(_base.Length + 2)..end], ReadSubject(key[(end + 1)..]));
    }

    /// <summary>What the keys of a series' counters begin with.</summary>
    public string CountersOf(string series) => $"{_base}c:{series}{Separator}";

    /// <summary>Sorted set: the subjects of a series by when they may be forgotten.</summary>
    public string Subjects(string series) => $"{_base}subjects:{series}";

    public static string Subject(string subject) => KeyText.Encode(subject);

    public static string ReadSubject(string text) => KeyText.Decode(text) ?? "";

    /// <summary>A field of <see cref="Overrides"/>. A limit's name has no separator.</summary>
    public static string Override(string limit, string? subject) => subject is null ? limit : $"{limit}{Separator}{Subject(subject)}";

    public static (string Limit, string? Subject) ReadOverride(string field)
    {
        var end = field.IndexOf(Separator, StringComparison.Ordinal);
        return end < 0 ? (field, null) : (field[..end], ReadSubject(field[(end + 1)..]));
    }
}
