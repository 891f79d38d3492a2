using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>Tracks the sessions of the realtime client inside it.</summary>
[Experimental("MEAI001")]
internal sealed class UsageTrackingRealtimeClient(IRealtimeClient inner, UsageTrackingOptions options, Instruments instruments) : DelegatingRealtimeClient(inner)
{
    private readonly UsageTrackingOptions _options = options.Copy();

    /// <inheritdoc/>
    public override async Task<IRealtimeClientSession> CreateSessionAsync(RealtimeSessionOptions? options = null, CancellationToken cancellationToken = default)
    {
        // The scope in which the session was asked for may be closed by the time it is there.
        var ambient = UsageScope.Current;
        var session = await InnerClient.CreateSessionAsync(options, cancellationToken).ConfigureAwait(false);
        if (!_options.Enabled || session is null)
        {
            return session!;
        }

        try
        {
            // A tracker inside records.
            return CallSource.Ask<UsageTrackingRealtimeSession>(session.GetService, instruments) is null ? Track(session, options, ambient) : session;
        }
        catch (Exception cause) // Telemetry must never break what it watches.
        {
            instruments.Failed("the start of a realtime session", cause);
            return session;
        }
    }

    private UsageTrackingRealtimeSession Track(IRealtimeClientSession session, RealtimeSessionOptions? asked, Usage.Attribution ambient)
    {
        // OpenAI's describes itself in both places.
        var metadata = CallSource.Ask<ChatClientMetadata>(session.GetService, instruments) ?? CallSource.Ask<ChatClientMetadata>(InnerClient.GetService, instruments);
        var source = CallSource.Of(metadata?.ProviderName, metadata?.ProviderUri, metadata?.DefaultModelId, CallSource.SourceOf(session.GetService, instruments));
        return new UsageTrackingRealtimeSession(session, new RealtimeCalls(source, _options, instruments, session, asked, ambient));
    }
}
