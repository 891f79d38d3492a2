namespace LlmTelemetry.CostExporter;

/// <summary>
/// Finds the names that cost the most in several lists together, each ordered by cost, from as little of their beginnings as will do: a name that
/// was in no beginning cost at most what stands at the ends of them. No I/O of its own, exact, and not thread-safe.
/// </summary>
/// <param name="count">How many names are wanted.</param>
/// <param name="lists">How many lists there are.</param>
internal sealed class TopSearch(int count, int lists)
{
    // Scores are doubles: whole numbers below this are exact. Above, they may be off by far less than one in the tolerance.
    private const double Exact = 1L << 53;
    private const double Tolerance = 1e-12;

    private readonly Dictionary<string, Found> _found = new(StringComparer.Ordinal);

    // The last of each list's beginning; null once nothing is behind it.
    private readonly TopEntry?[] _ends = new TopEntry?[lists];
    private List<Found> _ranked = [];

    /// <summary>How much of each list's beginning to read now; 0: the answer is there.</summary>
    public long Take { get; private set; } = lists == 0 ? 0 : count + 1L;

    /// <summary>The names, the highest cost first, unknown cost last, ties by name (ordinal); as the answer to a read.</summary>
    public IReadOnlyList<SpendAggregate> Answer(TopRead read) => [.. _ranked.Take(count).Select(one => new SpendAggregate(read.Reads[0].From, KeyOf(read, one.Name), one.Measures))];

    /// <summary>Takes the beginnings that were read.</summary>
    /// <returns>The names that are new: their exact sums of all lists are needed.</returns>
    public IReadOnlyList<string> Read(IReadOnlyList<IReadOnlyList<TopEntry>> beginnings)
    {
        for (var i = 0; i < beginnings.Count; i++)
        {
            _ends[i] = beginnings[i].Count < Take ? null : beginnings[i][^1];
        }

        return [.. beginnings.SelectMany(beginning => beginning).Select(entry => entry.Text).Where(text => !_found.ContainsKey(text)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Takes the exact sums of the names that were asked for, and decides whether more of the lists must be read.</summary>
    public void Add(IReadOnlyList<string> texts, IReadOnlyList<SpendMeasures> sums)
    {
        foreach (var (text, sum) in texts.Zip(sums))
        {
            _found.Add(text, new Found(text, KeyText.Decode(text), new UsageReportRow(default, null, sum).CostPico, sum));
        }

        _ranked = [.. _found.Values];
        _ranked.Sort(Compare);
        Take = IsSure() ? 0 : Take * 2;
    }

    private static int Compare(Found left, Found right) =>
        Nullable.Compare(right.CostPico, left.CostPico) is var order && order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);

    private static SpendKey KeyOf(TopRead read, string? name) => read.Dimension switch
    {
        SpendDimension.User => new SpendKey(null, null, name, read.Tenant, null),
        SpendDimension.Model => new SpendKey(null, name, null, read.Tenant, null),
        _ => new SpendKey(null, null, null, read.Tenant, name),
    };

    private bool IsSure()
    {
        var open = _ends.OfType<TopEntry>().ToArray();
        if (open.Length == 0)
        {
            return true;
        }

        // Without a known cost, whatever has one comes before it.
        if (_ranked.Count < count || _ranked[count - 1] is not { CostPico: { } last } lowest)
        {
            return false;
        }

        if (open.Any(end => end.Cost >= Exact))
        {
            return (double)last > open.Sum(end => end.Cost) * (1 + Tolerance);
        }

        var most = open.Aggregate(Int128.Zero, (sum, end) => sum + (Int128)end.Cost);
        return most < last || (most == last && KeyText.SortsAsItReads(lowest.Text) && open.Any(end => string.CompareOrdinal(end.Text, lowest.Text) >= 0));
    }

    private sealed record Found(string Text, string? Name, Int128? CostPico, SpendMeasures Measures);
}

/// <summary>A name in a list of what costs the most.</summary>
/// <param name="Text">The name, as <see cref="KeyText"/> writes it.</param>
/// <param name="Cost">What it cost there in pico-USD, as far as a double says it.</param>
internal readonly record struct TopEntry(string Text, double Cost);
