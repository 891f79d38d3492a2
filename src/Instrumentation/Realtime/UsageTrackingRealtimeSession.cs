using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>Passes the messages of a session on, unchanged and in order, and lets <see cref="RealtimeCalls"/> see them.</summary>
[Experimental("MEAI001")]
internal sealed class UsageTrackingRealtimeSession(IRealtimeClientSession inner, RealtimeCalls calls) : IRealtimeClientSession
{
    // What a tracker around this one, which a session between them hides from it, must not count again.
    private static readonly AsyncLocal<Seen?> Ambient = new();

    /// <inheritdoc/>
    public RealtimeSessionOptions? Options => inner.Options;

    /// <inheritdoc/>
    public async Task SendAsync(RealtimeClientMessage message, CancellationToken cancellationToken = default)
    {
        await inner.SendAsync(message, cancellationToken).ConfigureAwait(false);
        calls.Sent(message);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<RealtimeServerMessage> GetStreamingResponseAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(inner.GetStreamingResponseAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is null && (serviceType.IsInstanceOfType(this) || serviceType == typeof(UsageSession)))
        {
            return serviceType == typeof(UsageSession) ? calls.Session : this;
        }

        // A session inside that has a source of its own goes first; function invocation asks for one, so that its spans join ours.
        return inner.GetService(serviceType, serviceKey) ?? (serviceKey is null && serviceType == typeof(ActivitySource) ? calls.Source : null);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await inner.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            calls.End();
        }
    }

    private async IAsyncEnumerable<RealtimeServerMessage> ReadAsync(IAsyncEnumerable<RealtimeServerMessage> messages, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // After each yield the consumer's context is the current one: the sight of a tracker inside is restored.
        var (around, seen, context) = (Ambient.Value, default(Seen), default(ExecutionContext));
        if (calls.IsNestingPossible)
        {
            Ambient.Value = seen = new Seen();
            context = ExecutionContext.Capture();
        }

        var enumerator = messages.GetAsyncEnumerator(cancellationToken);
        try
        {
            while (true)
            {
                bool hasNext;
                try
                {
                    hasNext = await enumerator.MoveNextAsync().ConfigureAwait(false);
                }
                catch (Exception cause)
                {
                    if (seen?.Error != cause)
                    {
                        calls.Broken(cause, ErrorTypes.OutcomeOf(cause, cancellationToken));
                    }

                    around?.Error = cause;
                    throw;
                }

                if (!hasNext)
                {
                    calls.StreamEnded();
                    break;
                }

                var message = enumerator.Current;
                if (message is not null && ReferenceEquals(seen?.Message, message))
                {
                    calls.IsTrackedInside = true;
                }
                else if (message is not null)
                {
                    calls.Received(message, inner);
                }

                around?.Message = message;
                yield return message!;
                if (context is not null)
                {
                    ExecutionContext.Restore(context);
                }
            }
        }
        finally
        {
            await enumerator.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>What the tracker inside saw last.</summary>
    private sealed class Seen
    {
        public RealtimeServerMessage? Message { get; set; }

        public Exception? Error { get; set; }
    }
}
