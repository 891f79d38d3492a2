using LlmTelemetry.AspNetCore;
using LlmTelemetry.Budgets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Answers requests whose calls were refused by a budget.</summary>
public static class BudgetProblemExtensions
{
    extension(IServiceCollection services)
    {
        /// <summary>
        /// Turns a <see cref="BudgetExceededException"/> that a request ends with, also inside another exception, into an answer with problem details (RFC 9457) and
        /// <c>Retry-After</c>: 429 where a limit has no room, 403 where the call's price is not known, 503 where the store cannot be asked. Needs
        /// <c>app.UseExceptionHandler()</c>; <c>AddProblemDetails()</c> may be there, and then customizes these answers too. A response that was begun is left as it is.
        /// </summary>
        /// <param name="configure">Changes the defaults.</param>
        public IServiceCollection AddBudgetExceptionHandler(Action<BudgetProblemOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(services);
            services.AddOptions<BudgetProblemOptions>();
            if (configure is not null)
            {
                services.Configure(configure);
            }

            services.TryAddEnumerable(ServiceDescriptor.Singleton<IExceptionHandler, BudgetExceptionHandler>());
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<ExceptionHandlerOptions>, PlainErrors>());
            return services;
        }
    }
}
