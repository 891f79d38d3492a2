using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Service;

/// <summary>The OTLP/HTTP receiver.</summary>
internal static class OtlpEndpoints
{
    /// <summary>Maps the paths of the three signals. Reads the limits of <c>LlmTelemetry:Receiver</c>.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A limit is wrong.</exception>
    public static void MapOtlp(this IEndpointRouteBuilder routes)
    {
        var ledger = routes.ServiceProvider.GetRequiredService<ServedLedger>();
        var logger = routes.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger<OtlpHandler>();
        var limits = OtlpLimits.Read(routes.ServiceProvider.GetRequiredService<IConfiguration>(), logger);
        var handler = new OtlpHandler(ledger.Receiver, new OtlpDecoder(limits, ledger.Options.Prices), limits, logger);
        foreach (var signal in OtlpSignal.All)
        {
            routes.MapPost(signal.Path, http => handler.HandleAsync(http, signal)).Require(ApiScopes.Write).AllowTenants().ExcludeFromDescription();
            routes.Map(signal.Path, NotAllowedAsync).WithOrder(int.MaxValue).ExcludeFromDescription();
        }
    }

    private static Task NotAllowedAsync(HttpContext http)
    {
        http.Response.Headers.Allow = HttpMethods.Post;
        if (HttpMethods.IsOptions(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }

        return OtlpAnswer.RefuseAsync(http, OtlpContent.IsJson(http.Request) ?? true, StatusCodes.Status405MethodNotAllowed, "Telemetry is delivered with POST.");
    }
}
