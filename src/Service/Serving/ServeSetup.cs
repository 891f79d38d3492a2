using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Service;

/// <summary>What a service is started with.</summary>
/// <param name="Configuration">The settings.</param>
/// <param name="Time">The clock.</param>
internal sealed record ServeSetup(IConfiguration Configuration, TimeProvider Time)
{
    /// <summary>Where to listen; null: as the settings say.</summary>
    public string? Urls { get; init; }

    /// <summary>The ledger's store; null: as the settings say.</summary>
    public string? Store { get; init; }

    /// <summary>Where logs go; null: to standard error.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }

    /// <summary>Replaces what is registered, for tests; null: nothing.</summary>
    public Action<IServiceCollection>? Services { get; init; }
}
