namespace LlmTelemetry.Usage;

/// <summary>Says in one sentence why names found no entry. For people.</summary>
internal static class NameProblem
{
    private const int LongestShown = 80;
    private const int MostHints = 3;

    /// <param name="provider">The provider's name, normal.</param>
    /// <param name="model">The model's name, normal.</param>
    /// <param name="found">The provider that it is; null: none.</param>
    public static string Of(string provider, string model, PricedProvider? found)
    {
        if (model.Length == 0)
        {
            return "The call names no model.";
        }

        if (model.Length > PriceList.LongestName || provider.Length > PriceList.LongestName)
        {
            return $"A name is longer than {PriceList.LongestName} characters.";
        }

        if (found is null)
        {
            return provider.Length == 0 ? $"No provider is named, and the model {Shown(model)} implies none." : $"The provider {Shown(provider)} is unknown.";
        }

        if (CustomName.Is(model))
        {
            return $"{Shown(model)} is a fine-tune, a custom model, an endpoint or provisioned capacity, and has no entry of its own.";
        }

        var hints = Closest(model, found.Models.Select(m => m.Id));
        var hint = hints.Length == 0 ? "" : $" Closest: {string.Join(", ", hints)}.";
        return $"The provider {found.Id} has no entry for the model {Shown(model)}.{hint}";
    }

    private static string Shown(string name) => name.Length <= LongestShown ? $"\"{name}\"" : $"\"{name[..LongestShown]}...\"";

    private static string[] Closest(string name, IEnumerable<string> ids) =>
        [.. ids.Select(id => (Id: id, Edits: Edits(name, id.ToLowerInvariant()))).Where(c => c.Edits <= Math.Max(2, c.Id.Length / 3)).OrderBy(c => c.Edits).Take(MostHints).Select(c => c.Id)];

    // Levenshtein's distance.
    private static int Edits(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var corner = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var edits = Math.Min(Math.Min(row[j], row[j - 1]) + 1, corner + (one[i - 1] == other[j - 1] ? 0 : 1));
                (corner, row[j]) = (row[j], edits);
            }
        }

        return row[^1];
    }
}
