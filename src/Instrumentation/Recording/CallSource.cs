using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>What a tracker knows of the client whose calls it tracks.</summary>
/// <param name="Provider"><c>gen_ai.provider.name</c>; null: not known.</param>
/// <param name="DefaultModel">The model of calls that name none.</param>
/// <param name="Server">Where the calls go.</param>
/// <param name="SourceInside">The source of spans of another library's client inside, which opens one for each call; null: none does.</param>
internal sealed record CallSource(string? Provider, string? DefaultModel, Uri? Server, ActivitySource? SourceInside = null)
{
    /// <summary><c>gen_ai.output.type</c>; null: it is not always the same.</summary>
    public string? OutputType { get; init; }

    /// <summary>Of a client that describes itself; its provider's name becomes the well-known one.</summary>
    public static CallSource Of(string? providerName, Uri? server, string? defaultModel, ActivitySource? sourceInside = null) =>
        new(ProviderNames.Normalize(providerName, server), defaultModel, server, sourceInside);

    public static CallSource Of(IChatClient client, Instruments instruments)
    {
        var metadata = Ask<ChatClientMetadata>(client.GetService, instruments);
        return Of(metadata?.ProviderName, metadata?.ProviderUri, metadata?.DefaultModelId, SourceOf(client.GetService, instruments));
    }

    /// <summary>The source of a client's spans, where they are not ours: Microsoft.Extensions.AI's OpenTelemetry clients, and what follows their example, hand it out.</summary>
    public static ActivitySource? SourceOf(Func<Type, object?, object?> getService, Instruments instruments) =>
        Ask<ActivitySource>(getService, instruments) is { } source && !ReferenceEquals(source, instruments.Source) ? source : null;

    /// <summary>What the client says of itself; null too where it cannot be asked.</summary>
    public static T? Ask<T>(Func<Type, object?, object?> getService, Instruments instruments)
        where T : class
    {
        try
        {
            return getService(typeof(T), null) as T;
        }
        catch (Exception cause) // A client that cannot describe itself is still one to call.
        {
            instruments.Failed("the description of a client", cause);
            return null;
        }
    }
}
