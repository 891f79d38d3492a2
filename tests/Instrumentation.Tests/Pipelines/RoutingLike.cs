using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests.Pipelines;

/// <summary>
/// Behaves as Microsoft.Extensions.AI's routing and failover clients: asks one client after the other until one answers, or answers well enough, and
/// tells nobody what is inside.
/// </summary>
/// <param name="route">The clients in their order; the same one twice is a retry.</param>
internal class RoutingLike(params IChatClient[] route) : IChatClient
{
    /// <summary>How many answers are thrown away as not good enough before one is taken.</summary>
    public int Refused { get; init; }

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var refused = Refused;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var response = await route[attempt].GetResponseAsync(messages, options, cancellationToken);
                if (refused-- <= 0)
                {
                    return response;
                }
            }
            catch (HttpRequestException) when (attempt < route.Length - 1)
            {
            }
        }
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<ChatResponseUpdate>? updates = null;
        var refused = Refused;
        for (var attempt = 0; updates is null; attempt++)
        {
            try
            {
                updates = await route[attempt].GetStreamingResponseAsync(messages, options, cancellationToken).ToListAsync(cancellationToken);
                updates = refused-- <= 0 ? updates : null;
            }
            catch (HttpRequestException) when (attempt < route.Length - 1)
            {
            }
        }

        foreach (var update in updates)
        {
            yield return update;
        }
    }

    public virtual object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
        foreach (var client in route)
        {
            client.Dispose();
        }

        GC.SuppressFinalize(this);
    }
}

/// <summary>Asks the same client again where it fails or answers badly, and lets it speak for itself.</summary>
internal sealed class RetryLike(IChatClient inner) : RoutingLike(inner, inner, inner)
{
    public override object? GetService(Type serviceType, object? serviceKey = null) => inner.GetService(serviceType, serviceKey);
}
