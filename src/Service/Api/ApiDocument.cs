using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace LlmTelemetry.Service;

/// <summary>The OpenAPI document of all endpoints.</summary>
internal static class ApiDocument
{
    private const string Name = "v1";
    private const string Bearer = "bearer";
    private const string KeyHeader = "key";
    private const string Problem = "Problem";

    // What any of them may answer: the body is RFC 9457's.
    private static readonly (int Status, string What)[] Everywhere = [(429, "Too many requests; Retry-After says when to come again."), (503, "The store does not answer; Retry-After says when to ask again.")];
    private static readonly (int Status, string What)[] WithScopes = [(401, "No key, or a wrong one."), (403, "The key may not, or a page of another origin asks.")];

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi(Name, static options =>
    {
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            Describe(document);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(static (operation, context, _) =>
        {
            Describe(operation, context);
            return Task.CompletedTask;
        });
    });

    public static void MapApiDocument(this IEndpointRouteBuilder routes) => routes.MapOpenApi().Require(ApiScopes.Read).AllowTenants();

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo { Title = "LlmTelemetry", Version = Name, Description = "What LLM calls used and cost, and what they still may. Errors are application/problem+json (RFC 9457). Money that must be exact is decimal text." };

        // Where it was read: no name of this machine.
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = Bearer, Description = "A key, where the service has any. Its scopes are read, write and admin." },
            [KeyHeader] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-Api-Key", Description = "The same key in a header of its own." },
        };
        (document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>())[Problem] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["type"] = new OpenApiSchema { Type = JsonSchemaType.String },
                ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
                ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String },
                ["traceId"] = new OpenApiSchema { Type = JsonSchemaType.String },
            },
        };
    }

    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var scopes = context.Description.ActionDescriptor.EndpointMetadata.OfType<RequiredScopes>().LastOrDefault()?.Scopes ?? ApiScopes.None;
        var problems = Everywhere.AsEnumerable();
        if (scopes != ApiScopes.None)
        {
            problems = problems.Concat(WithScopes);
            operation.Description = $"Needs the scope {ApiScopeWords.Text(scopes)}{(context.Description.ActionDescriptor.EndpointMetadata.OfType<ForTenants>().Any() ? "; a tenant's key sees its tenant only" : "; not for a tenant's key")}.";
            operation.Security = [Requirement(Bearer, context.Document), Requirement(KeyHeader, context.Document)];
        }

        if (operation.Parameters is { Count: > 0 } || operation.RequestBody is not null)
        {
            problems = problems.Append((400, "The request is wrong; detail says how."));
        }

        operation.Responses ??= [];
        foreach (var (status, what) in problems)
        {
            operation.Responses.TryAdd(
                status.ToString(System.Globalization.CultureInfo.InvariantCulture),
                new OpenApiResponse
                {
                    Description = what,
                    Content = new Dictionary<string, OpenApiMediaType> { [ApiProblem.ContentType] = new() { Schema = new OpenApiSchemaReference(Problem, context.Document) } },
                });
        }
    }

    private static OpenApiSecurityRequirement Requirement(string scheme, OpenApiDocument? document) => new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] };
}
