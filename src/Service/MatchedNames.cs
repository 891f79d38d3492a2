using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>The entries that names lead to, for calls without a cost. Remembered, since the book explains itself slowly; bounded.</summary>
internal sealed class MatchedNames(PriceBook book)
{
    private const int Most = 4_096;

    // Longer ones are known to no book.
    private const int LongestName = 512;

    private readonly Dictionary<(string? Provider, string Model), (string? Provider, string? Model)> _known = [];

    /// <summary>The provider's and the model's entry, each null where there is none.</summary>
    public (string? Provider, string? Model) Find(string? provider, string model)
    {
        if (provider?.Length > LongestName || model.Length > LongestName)
        {
            return default;
        }

        if (!_known.TryGetValue((provider, model), out var found))
        {
            if (_known.Count == Most)
            {
                _known.Clear();
            }

            var explanation = book.Explain(provider, model, default, DateTimeOffset.UnixEpoch);
            found = (explanation.Provider, explanation.Model);
            _known.Add((provider, model), found);
        }

        return found;
    }
}
