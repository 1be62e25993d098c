"""Records that the admin shows and nobody enters, changes or deletes there."""

from django.contrib import admin


class ReadOnlyAdmin(admin.ModelAdmin):
    """List and show records; what happens to them is an action or a view of its own."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
