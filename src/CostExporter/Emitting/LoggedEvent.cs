using System.Collections;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>An event as it is logged. Its attributes say again what is in the body, for people who look at logs and for who routes them: no part of them is read again.</summary>
internal sealed class LoggedEvent : IReadOnlyList<KeyValuePair<string, object?>>
{
    private const double PicoPerUsd = 1e12;

    private readonly List<KeyValuePair<string, object?>> _said = new(16);

    public LoggedEvent(UsageRecord record)
    {
        Record = record;
        var whose = record.Attribution;
        Add(GenAi.OperationName, record.Operation);
        Add(GenAi.ProviderName, record.Provider);
        Add(GenAi.RequestModel, record.RequestModel);
        Add(GenAi.ResponseModel, record.Model);
        Add(whose.IsUserHashed ? Attributes.UserHash : Attributes.UserId, whose.User);
        Add(Attributes.Tenant, whose.Tenant);
        Add(Attributes.Feature, whose.Feature);
        Add(Attributes.Outcome, record.Outcome.Word());
        Add(Attributes.ErrorType, record.ErrorType);
        Add(Attributes.CostQuality, record.Quality.Word());
        if (record.Usage is { } usage)
        {
            Add(GenAi.UsageInputTokens, usage.InputTokens);
            Add(GenAi.UsageOutputTokens, usage.OutputTokens);
        }

        if (record.Cost is { } cost)
        {
            // Attributes have no decimal numbers; the exact amount is in the body.
            Add(GenAi.UsageCostAmount, (double)cost.TotalPico / PicoPerUsd);
        }
    }

    public UsageRecord Record { get; }

    public int Count => _said.Count;

    public KeyValuePair<string, object?> this[int index] => _said[index];

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _said.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Add(string name, object? value)
    {
        if (value is not null)
        {
            _said.Add(new(name, value));
        }
    }
}
