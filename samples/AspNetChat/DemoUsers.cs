using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace LlmTelemetry.AspNetChat;

/// <summary>Signs anybody in as one of three users, without a password: this is a sample.</summary>
internal static class DemoUsers
{
    private static readonly Dictionary<string, (string Tenant, string Plan)> Known = new()
    {
        ["ada"] = ("acme", "premium"),
        ["bob"] = ("acme", "standard"),
        ["cleo"] = ("globex", "standard"),
    };

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/login/{user}", async (string user, HttpContext http) =>
        {
            if (!Known.TryGetValue(user, out var known))
            {
                return Results.Problem($"There is no user {user}; there are {string.Join(", ", Known.Keys)}.", statusCode: StatusCodes.Status404NotFound);
            }

            Claim[] claims = [new("sub", user), new("tenant", known.Tenant), new("plan", known.Plan)];
            await http.SignInAsync(new ClaimsPrincipal(new ClaimsIdentity(claims, CookieAuthenticationDefaults.AuthenticationScheme)));
            return Results.Ok(new { user, known.Tenant, known.Plan });
        });
    }

    // Scripts get 401, not a page to sign in on.
    public static void KeepOutWithoutRedirect(CookieAuthenticationOptions options)
    {
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Events.OnRedirectToLogin = context =>
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        };
    }
}
