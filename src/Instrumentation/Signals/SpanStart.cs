using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>What a span starts with; the same for all calls to a model, so made once.</summary>
internal sealed class SpanStart(string operation, string? provider, string? model, bool streaming, Uri? server)
{
    public string Name { get; } = model is null ? operation : $"{operation} {model}";

    public KeyValuePair<string, object?>[] Tags { get; } = MakeTags(operation, provider, model, streaming, server);

    private static KeyValuePair<string, object?>[] MakeTags(string operation, string? provider, string? model, bool streaming, Uri? server)
    {
        var tags = new List<KeyValuePair<string, object?>> { new(GenAi.OperationName, operation) };
        if (provider is not null)
        {
            tags.Add(new(GenAi.ProviderName, provider));
        }

        if (model is not null)
        {
            tags.Add(new(GenAi.RequestModel, model));
        }

        if (streaming)
        {
            tags.Add(new(GenAi.RequestStream, true));
        }

        if (server is { IsAbsoluteUri: true })
        {
            tags.Add(new(Attributes.ServerAddress, server.Host));
            tags.Add(new(Attributes.ServerPort, server.Port));
        }

        return [.. tags];
    }
}
