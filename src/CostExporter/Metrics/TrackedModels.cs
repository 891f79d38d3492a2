using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// The models whose calls our own tracker reports in this process. What another library says about the same model is the same call seen
/// twice. Used by one export at a time.
/// </summary>
internal sealed class TrackedModels(PriceBook prices)
{
    private readonly HashSet<(string Provider, string Model)> _models = [];

    public void Add(in PointTags own)
    {
        Add(own.Provider, own.RequestModel);
        Add(own.Provider, own.ResponseModel);
    }

    public bool Has(in PointTags foreign) => _models.Count != 0
        && (Has(foreign.Provider, foreign.ResponseModel) || Has(foreign.Provider, foreign.RequestModel) || HasNameless(in foreign));

    private void Add(string? provider, string? model)
    {
        if (model is not null)
        {
            _models.Add((Family(provider), model.ToLowerInvariant()));
        }
    }

    // Our meter folds the tail of the models that the price book does not know.
    private bool Has(string? provider, string? model) => model is not null
        && (_models.Contains((Family(provider), model.ToLowerInvariant())) || (_models.Contains((Family(provider), Placeholders.Other)) && !prices.Knows(provider, model)));

    // What agent frameworks say of a whole run lacks what they do not know: the model, and where the agent hides its client the provider too.
    private bool HasNameless(in PointTags foreign)
    {
        if (foreign.IsOverflow)
        {
            return false;
        }

        var (provider, request, response) = (foreign.Provider, foreign.RequestModel?.ToLowerInvariant(), foreign.ResponseModel?.ToLowerInvariant());
        return (provider is null || (request is null && response is null))
            && _models.Any(tracked => (provider is null || tracked.Provider == Family(provider)) && ((request is null && response is null) || tracked.Model == request || tracked.Model == response));
    }

    // Libraries differ in what they call the provider of one and the same call: Microsoft.Extensions.AI says openai for Azure's.
    private static string Family(string? provider) => provider?.ToLowerInvariant() switch
    {
        null => "",
        Providers.AzureOpenAi or Providers.AzureInference => Providers.OpenAi,
        { } name when name.StartsWith(Providers.GooglePrefix, StringComparison.Ordinal) => Providers.GooglePrefix,
        { } name => name,
    };
}
