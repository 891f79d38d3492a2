using System.Diagnostics.Metrics;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Records what a library that follows the semantic conventions records.</summary>
internal sealed class OtherLibrary(Meter meter)
{
    public Histogram<long> Tokens { get; } = meter.CreateHistogram<long>("gen_ai.client.token.usage", "{token}");

    public Histogram<double> Durations { get; } = meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s");

    public void Call(string? provider, string? model, long input, long output, double seconds = 1)
    {
        Durations.Record(seconds, new("gen_ai.operation.name", "chat"), new("gen_ai.provider.name", provider), new("gen_ai.request.model", model));
        Tokens.Record(input, Tags(provider, model, "input", ("gen_ai.operation.name", "chat")));
        Tokens.Record(output, Tags(provider, model, "output", ("gen_ai.operation.name", "chat")));
    }

    public static KeyValuePair<string, object?>[] Tags(string? provider, string? model, string type, params (string Name, object Value)[] more) =>
        [new("gen_ai.token.type", type), new("gen_ai.provider.name", provider), new("gen_ai.request.model", model), .. more.Select(tag => new KeyValuePair<string, object?>(tag.Name, tag.Value))];
}
