using System.Collections.Concurrent;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>All series of our metrics. Bounded: by the values each attribute keeps, and as a whole.</summary>
internal sealed class SeriesTable
{
    // Past this, new combinations are counted without user, tenant and feature.
    private const int MaxSeries = 20_000;

    // Names that the price book knows are no typos, but a book that matches by prefix knows more names than there are models.
    private const int MaxKnownModels = 1_000;

    private readonly ConcurrentDictionary<SeriesKey, Series> _series = new();
    private readonly BoundedValues _users = new(Placeholders.Other);
    private readonly BoundedValues _tenants = new(Placeholders.Other);
    private readonly BoundedValues _features = new(Placeholders.Other);
    private readonly BoundedValues _knownModels = new(Placeholders.Other);
    private readonly BoundedValues _unknownModels = new(Placeholders.Other);
    private readonly BoundedValues _errors = new(Placeholders.OtherError);
    private int _count;

    public IEnumerable<Series> All => _series.Values;

    /// <summary>What was folded, by attribute.</summary>
    public IEnumerable<(string Attribute, long Folded)> Folded =>
    [
        (Attributes.UserId, _users.Folded),
        (Attributes.Tenant, _tenants.Folded),
        (Attributes.Feature, _features.Folded),
        (GenAi.RequestModel, _knownModels.Folded + _unknownModels.Folded),
        (Attributes.ErrorType, _errors.Folded),
    ];

    /// <summary>The series of a call. A combination that was seen before costs one look-up.</summary>
    public Series Find(in SeriesKey exact, PriceBook prices, int limit)
    {
        if (_series.TryGetValue(exact, out var series))
        {
            return series;
        }

        var key = exact with
        {
            RequestModel = FoldModel(exact.Provider, exact.RequestModel, prices, limit),
            ResponseModel = FoldModel(exact.Provider, exact.ResponseModel, prices, limit),
            User = _users.Fold(exact.User, limit),
            Tenant = _tenants.Fold(exact.Tenant, limit),
            Feature = _features.Fold(exact.Feature, limit),
        };
        if (_series.TryGetValue(key, out series))
        {
            return series;
        }

        if (Interlocked.Increment(ref _count) > MaxSeries)
        {
            key = key with { User = Other(key.User), Tenant = Other(key.Tenant), Feature = Other(key.Feature) };
        }

        return _series.GetOrAdd(key, static key => new Series(in key));

        static string? Other(string? value) => value is null ? null : Placeholders.Other;
    }

    public string? FoldError(string? errorType, int limit) => _errors.Fold(errorType, limit);

    private string? FoldModel(string? provider, string? model, PriceBook prices, int limit) =>
        model is not null && prices.Knows(provider, model) ? _knownModels.Fold(model, MaxKnownModels) : _unknownModels.Fold(model, limit);
}
