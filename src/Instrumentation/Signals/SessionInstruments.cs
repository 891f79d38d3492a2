using System.Diagnostics.Metrics;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>What is measured of sessions beside their calls: how long they last, and which tools they call.</summary>
internal sealed class SessionInstruments
{
    // Names of tools come from models, which make some up; the others are as an application says.
    private const int MaxValues = 200;

    private readonly Histogram<double> _duration;
    private readonly Counter<long> _toolCalls;
    private readonly BoundedValues _tools = new(Placeholders.Other);
    private readonly BoundedValues _operations = new(Placeholders.Other);
    private readonly BoundedValues _providers = new(Placeholders.Other);
    private readonly BoundedValues _models = new(Placeholders.Other);

    public SessionInstruments(Meter meter)
    {
        var seconds = new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 5, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400] };
        _duration = meter.CreateHistogram(Metrics.SessionDuration, Units.Second, "How long sessions lasted.", null, seconds);
        _toolCalls = meter.CreateCounter<long>(Metrics.SessionToolCalls, Units.Call, "Calls of tools in sessions, by tool.");
    }

    public void RecordEnd(in SessionName session, TimeSpan duration, CallOutcome outcome)
    {
        if (_duration.Enabled)
        {
            _duration.Record(duration.TotalSeconds, [.. Tags(in session), new(Attributes.Outcome, OutcomeNames.Of(outcome))]);
        }
    }

    public void RecordTool(in SessionName session, string tool, long calls)
    {
        if (_toolCalls.Enabled)
        {
            _toolCalls.Add(calls, [.. Tags(in session), new(GenAi.ToolName, _tools.Fold(tool, MaxValues))]);
        }
    }

    private List<KeyValuePair<string, object?>> Tags(in SessionName session)
    {
        var tags = new List<KeyValuePair<string, object?>>(5) { new(GenAi.OperationName, _operations.Fold(session.Operation, MaxValues)) };
        if (session.Provider is not null)
        {
            tags.Add(new(GenAi.ProviderName, _providers.Fold(session.Provider, MaxValues)));
        }

        if (session.Model is not null)
        {
            tags.Add(new(GenAi.RequestModel, _models.Fold(session.Model, MaxValues)));
        }

        return tags;
    }
}

/// <summary>What a session is called in metrics.</summary>
internal readonly record struct SessionName(string Operation, string? Provider, string? Model);
