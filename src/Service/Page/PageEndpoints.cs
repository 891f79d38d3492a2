using Microsoft.Net.Http.Headers;

namespace LlmTelemetry.Service;

/// <summary>The page at <c>/</c>. Its files are for everybody: what they show they ask the HTTP API for, with a key where it needs one.</summary>
internal static class PageEndpoints
{
    public static void MapPage(this IEndpointRouteBuilder routes)
    {
        var files = PageFiles.Load();
        routes.MapMethods("/", [HttpMethods.Get, HttpMethods.Head], (HttpContext http) => Answer(http, files.GetValueOrDefault(PageFiles.Index)))
            .ExcludeFromDescription();
        routes.MapMethods("/page/{name}", [HttpMethods.Get, HttpMethods.Head], (string name, HttpContext http) => Answer(http, name == PageFiles.Index ? null : files.GetValueOrDefault(name)))
            .ExcludeFromDescription();
    }

    private static IResult Answer(HttpContext http, PageFile? file)
    {
        if (file is null)
        {
            return Results.NotFound();
        }

        // Asked for each time and sent only when it changed: the files of one version belong together.
        http.Response.Headers.CacheControl = "no-cache";
        return Results.Bytes(file.Content, file.Type, entityTag: new EntityTagHeaderValue(file.Tag));
    }
}
