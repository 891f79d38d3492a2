using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>What a span starts with; the same for all calls to a model, so made once.</summary>
internal sealed class SpanStart(string operation, string? model, bool streaming, CallSource source)
{
    public string Name { get; } = model is null ? operation : $"{operation} {model}";

    public string Operation { get; } = operation;

    public KeyValuePair<string, object?>[] Tags { get; } = MakeTags(operation, model, streaming, source);

    private static KeyValuePair<string, object?>[] MakeTags(string operation, string? model, bool streaming, CallSource source)
    {
        var tags = new List<KeyValuePair<string, object?>> { new(GenAi.OperationName, operation) };
        if (source.Provider is not null)
        {
            tags.Add(new(GenAi.ProviderName, source.Provider));
        }

        if (model is not null)
        {
            tags.Add(new(GenAi.RequestModel, model));
        }

        if (streaming)
        {
            tags.Add(new(GenAi.RequestStream, true));
        }

        if (source.OutputType is not null)
        {
            tags.Add(new(GenAi.OutputType, source.OutputType));
        }

        // A socket of the machine has no host, and a scheme that nobody knows no port.
        if (source.Server is { IsAbsoluteUri: true, Host.Length: > 0 } server)
        {
            tags.Add(new(Attributes.ServerAddress, server.Host));
            if (server.Port >= 0)
            {
                tags.Add(new(Attributes.ServerPort, server.Port));
            }
        }

        return [.. tags];
    }
}
