using System.Runtime.CompilerServices;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Reads a store as it is with the corrections that were in force when the reading began: all reads of one answer see the same ones. Nobody reads rows
/// in another way, so that all numbers agree.
/// </summary>
internal sealed class CorrectedReads
{
    private readonly ISpendStore _store;
    private readonly HashSet<string> _inForce;

    private CorrectedReads(ISpendStore store, IEnumerable<SpendCorrection> corrections)
    {
        _store = store;
        _inForce = corrections.Select(correction => MetricOf(correction.Id)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Whether what stores keep beside their rows, such as lists of the highest cost, is without something.</summary>
    public bool AnyInForce => _inForce.Count != 0;

    public static async Task<CorrectedReads> BeginAsync(ISpendStore store, CancellationToken cancellationToken) =>
        new(store, await store.CorrectionsAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Of which further figure the rows of a correction are.</summary>
    public static string MetricOf(string id) => new FigureName(Vocabulary.Figures.CorrectionPrefix + id, null, []).ToText();

    /// <summary>As <see cref="ISpendStore.ReadAsync"/>; a correction is a part of its own, and among further figures none is seen.</summary>
    public async IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var part in _store.ReadAsync(read, cancellationToken).ConfigureAwait(false))
        {
            if (!read.OfFigures || !IsCorrection(part.Key))
            {
                yield return part;
            }
        }

        if (read.OfFigures || !AnyInForce)
        {
            yield break;
        }

        await foreach (var part in _store.ReadAsync(read with { OfFigures = true }, cancellationToken).ConfigureAwait(false))
        {
            if (part.Key.More is { Parts.Metric: { } metric } more && _inForce.Contains(metric))
            {
                var key = part.Key with { More = SpendKeyMore.Of(more.Parts with { Metric = null }, [.. more.Tags]) };
                yield return part with { Key = key, Measures = CorrectionMeasures.Signed(part.Measures) };
            }
        }
    }

    private static bool IsCorrection(in SpendKey key) =>
        key.More?.Parts.Metric is { } metric && FigureName.Parse(metric).Name.StartsWith(Vocabulary.Figures.CorrectionPrefix, StringComparison.Ordinal);
}
