using System.Collections.Concurrent;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>All series of our metrics. Bounded: by the values each attribute keeps, and as a whole.</summary>
internal sealed class SeriesTable
{
    // OpenTelemetry's SDK keeps 2,000 points an instrument and of an observable one's further points only the last: their sum would be lost.
    // So past this many points new combinations are counted without user, tenant, feature and tier, and past the second number without model.
    private const int MaxPoints = 1_500;
    private const int LastPoints = 1_800;

    // A larger limit of values is the user's word that a view raised the SDK's limit too.
    private const int PointsPerValue = 8;

    // Names that the price book knows are no typos, but a book that matches by prefix knows more names than there are models.
    private const int MaxKnownModels = 1_000;

    private readonly ConcurrentDictionary<SeriesKey, Series> _series = new();
    private readonly ConcurrentDictionary<StandardKey, StandardSeries> _standard = new();
    private readonly BoundedValues _operations = new(Placeholders.Other);
    private readonly BoundedValues _providers = new(Placeholders.Other);
    private readonly BoundedValues _users = new(Placeholders.Other);
    private readonly BoundedValues _tenants = new(Placeholders.Other);
    private readonly BoundedValues _features = new(Placeholders.Other);
    private readonly BoundedValues _tiers = new(Placeholders.Other);
    private readonly BoundedValues _knownModels = new(Placeholders.Other);
    private readonly BoundedValues _unknownModels = new(Placeholders.Other);
    private readonly BoundedValues _environments = new(Placeholders.Other);
    private readonly BoundedValues _errors = new(Placeholders.OtherError);
    private readonly PointCount _points = new();

    public IEnumerable<Series> All => _series.Values;

    public IEnumerable<StandardSeries> AllStandard => _standard.Values;

    /// <summary>What was folded, by attribute.</summary>
    public IEnumerable<(string Attribute, long Folded)> Folded =>
    [
        (GenAi.OperationName, _operations.Folded),
        (GenAi.ProviderName, _providers.Folded),
        (Attributes.UserId, _users.Folded),
        (Attributes.Tenant, _tenants.Folded),
        (Attributes.Feature, _features.Folded),
        (Attributes.Tier, _tiers.Folded),
        (GenAi.RequestModel, _knownModels.Folded + _unknownModels.Folded),
        (Attributes.ErrorType, _errors.Folded),
        (OpenLit.Environment, _environments.Folded),
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
            Operation = _operations.Fold(exact.Operation, limit)!,
            Provider = _providers.Fold(exact.Provider, limit),
            RequestModel = FoldModel(exact.Provider, exact.RequestModel, prices, limit),
            ResponseModel = FoldModel(exact.Provider, exact.ResponseModel, prices, limit),
            User = _users.Fold(exact.User, limit),
            Tenant = _tenants.Fold(exact.Tenant, limit),
            Feature = _features.Fold(exact.Feature, limit),
            Tier = _tiers.Fold(exact.Tier, limit),
        };
        if (_series.TryGetValue(key, out series))
        {
            return series;
        }

        if (_points.Largest >= Math.Max(MaxPoints, PointsPerValue * (long)limit))
        {
            key = key with
            {
                User = _users.FoldAnyhow(key.User),
                Tenant = _tenants.FoldAnyhow(key.Tenant),
                Feature = _features.FoldAnyhow(key.Feature),
                Tier = _tiers.FoldAnyhow(key.Tier),
            };
        }

        if (_points.Largest >= Math.Max(LastPoints, PointsPerValue * (long)limit))
        {
            key = key with
            {
                Provider = _providers.FoldAnyhow(key.Provider),
                RequestModel = _unknownModels.FoldAnyhow(key.RequestModel),
                ResponseModel = _unknownModels.FoldAnyhow(key.ResponseModel),
            };
        }

        return _series.GetOrAdd(key, static (key, table) => new Series(in key, table.StandardOf(in key), table._points), this);
    }

    public string? FoldTenant(string? tenant, int limit) => _tenants.Fold(tenant, limit);

    public string? FoldFeature(string? feature, int limit) => _features.Fold(feature, limit);

    public string? FoldEnvironment(string? environment, int limit) => _environments.Fold(environment, limit);

    public string? FoldError(string? errorType, int limit) => _errors.Fold(errorType, limit);

    private StandardSeries StandardOf(in SeriesKey key) => _standard.GetOrAdd(
        new StandardKey(key.Operation, key.Provider, key.RequestModel, key.ResponseModel), static (key, points) => new StandardSeries(in key, points), _points);

    private string? FoldModel(string? provider, string? model, PriceBook prices, int limit) =>
        model is not null && prices.Knows(provider, model) ? _knownModels.Fold(model, MaxKnownModels)
        : _unknownModels.Fold(Attribution.Clean(model) is { Length: > 0 } clean ? clean : null, limit); // A name from the network, of any length.
}
