using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.AspNetCore;

/// <summary>
/// Lets <c>UseExceptionHandler()</c> without an argument work where nobody says what becomes of other exceptions, which it refuses otherwise: they are a 500
/// without a body.
/// </summary>
internal sealed class PlainErrors(IServiceProvider services) : IPostConfigureOptions<ExceptionHandlerOptions>
{
    public void PostConfigure(string? name, ExceptionHandlerOptions options)
    {
        if (options.ExceptionHandler is null && !options.ExceptionHandlingPath.HasValue && services.GetService<IProblemDetailsService>() is null)
        {
            options.ExceptionHandler = static _ => Task.CompletedTask;
        }
    }
}
