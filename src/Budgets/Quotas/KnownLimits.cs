using System.Diagnostics.CodeAnalysis;

namespace LlmTelemetry.Budgets;

/// <summary>The limits that are known here: those of the options first, then those that others announced in the store.</summary>
internal sealed class KnownLimits
{
    private KnownLimits(IReadOnlyList<KnownLimit> all) => All = all;

    /// <summary>All of them; no name twice, in any case.</summary>
    public IReadOnlyList<KnownLimit> All { get; }

    /// <param name="own">Those of the options: what they say holds here, whatever is announced.</param>
    /// <param name="announced">Name to text.</param>
    /// <param name="now">The time of this machine.</param>
    public static KnownLimits Of(IEnumerable<KnownLimit> own, IReadOnlyDictionary<string, string> announced, DateTimeOffset now)
    {
        var all = own.ToList();
        var names = all.Select(known => known.Limit.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, text) in announced.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!names.Contains(name) && LimitText.Read(name, text, now) is { } known)
            {
                names.Add(name);
                all.Add(known);
            }
        }

        return new KnownLimits(all);
    }

    public bool TryFind(string name, [NotNullWhen(true)] out KnownLimit? known) =>
        (known = All.FirstOrDefault(one => one.Limit.Name.Equals(name, StringComparison.OrdinalIgnoreCase))) is not null;

    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public KnownLimit Find(string name) => TryFind(name, out var known) ? known : throw Unknown(name);

    public ArgumentException Unknown(string name) => new(
        $"There is no limit '{name}'. " + (All.Count == 0 ? "The store knows none: they are announced by the applications that have them." : $"There are: {string.Join(", ", All.Select(known => known.Limit.Name))}."));
}
